"""Release a seller's escrow when the buyer's acceptance window after delivery has passed."""

from collections.abc import Sequence

from commands.command import Actor
from commands.order.messages import ReleaseFunds
from commands.processes.process import NoState
from commands.processes.reactions import Reaction, Schedule, Unschedule
from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.events.order import SellerPartCompleted, ShipmentDelivered


class ReleaseEscrowAfterAcceptance:
    name = "release-escrow-after-acceptance"
    state_type = NoState

    def interested(self, event: Event) -> str | None:
        match event:
            case ShipmentDelivered() | SellerPartCompleted():
                return f"{event.order_id}/{event.seller_id}"
            case _:
                return None

    def evolve(self, state: NoState, event: Event) -> NoState:  # noqa: ARG002 - nothing to remember
        return state

    def react(self, state: NoState, recorded: Recorded) -> Sequence[Reaction]:  # noqa: ARG002
        event = recorded.event
        match event:
            case ShipmentDelivered(release_due_at=due_at):
                release = ReleaseFunds(
                    by=Actor("system", self.name),
                    now=due_at,
                    occurred_at=due_at,
                    order_id=event.order_id,
                    seller_id=event.seller_id,
                )
                return [Schedule(f"{event.order_id}/{event.seller_id}", due_at, release)]
            case SellerPartCompleted():
                return [Unschedule(f"{event.order_id}/{event.seller_id}")]
            case _:
                return []
