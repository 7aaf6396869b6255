"""Release a seller's escrow when the buyer's acceptance window after delivery has passed.

What an undecided refund asks for is held back: until it is decided, or a second deadline.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from commands.command import Actor
from commands.processes.process import Process
from commands.processes.reactions import Reaction, Schedule, Unschedule
from commands.streams.order.messages import ReleaseFunds
from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.events.order import (
    RefundReservationDropped,
    RefundReservationUsed,
    SellerPartCompleted,
    ShipmentDelivered,
)

# Of a part's second deadline: no refund has this id, ours are longer.
LAST = "~last"


class Delivered(msgspec.Struct, frozen=True, gc=False):
    """Of one order: when each delivered part that is not completed is due."""

    due: dict[str, datetime] = {}


class ReleaseEscrowAfterAcceptance(Process[Delivered]):
    name = "release-escrow-after-acceptance"
    state_type = Delivered

    def interested(self, event: Event) -> str | None:
        match event:
            case ShipmentDelivered() | SellerPartCompleted():
                return event.order_id
            case RefundReservationUsed() | RefundReservationDropped():
                return event.order_id
            case _:
                return None

    def evolve(self, state: Delivered, event: Event) -> Delivered:
        match event:
            case ShipmentDelivered(seller_id=seller_id, release_due_at=due_at):
                return Delivered(state.due | {seller_id: due_at})
            case SellerPartCompleted(seller_id=done):
                return Delivered({of: due for of, due in state.due.items() if of != done})
            case _:
                return state

    def react(self, state: Delivered, recorded: Recorded) -> Sequence[Reaction]:
        event = recorded.event
        match event:
            case ShipmentDelivered(order_id=order_id, seller_id=seller_id, release_due_at=due_at):
                part = f"{order_id}/{seller_id}"
                return [
                    Schedule(part, due_at),
                    Schedule(
                        f"{part}/{LAST}", due_at + timedelta(seconds=self.policy.refund_hold_s)
                    ),
                ]
            case SellerPartCompleted(order_id=order_id, seller_id=seller_id):
                part = f"{order_id}/{seller_id}"
                return [Unschedule(part), Unschedule(f"{part}/{LAST}")]
            case RefundReservationUsed() | RefundReservationDropped():
                # What it asked for was held back if the window had passed.
                return [
                    Schedule(f"{event.order_id}/{seller_id}/{event.refund_id}", due_at)
                    for seller_id, due_at in state.due.items()
                ]
            case _:
                return []

    def due(self, instance: str, due_at: datetime) -> ReleaseFunds:
        order_id, seller_id, *why = instance.split("/")
        return ReleaseFunds(
            by=Actor("system", self.name),
            now=due_at,
            occurred_at=due_at,
            order_id=order_id,
            seller_id=seller_id,
            despite_refunds=why == [LAST],
        )
