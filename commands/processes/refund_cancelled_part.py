"""Refund what was paid for a part that is cancelled while others of its order were handed over."""

from collections.abc import Sequence

import msgspec

from commands.command import Actor
from commands.idempotency import derived_id
from commands.processes.process import Process
from commands.processes.reactions import Do, Reaction
from commands.streams.refund.messages import RequestRefund
from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.events.order import RefundReservationDropped, SellerPartCancelled


class CancelledParts(msgspec.Struct, frozen=True, gc=False):
    sellers: tuple[str, ...] = ()


class RefundCancelledPart(Process[CancelledParts]):
    name = "refund-cancelled-part"
    state_type = CancelledParts

    def interested(self, event: Event) -> str | None:
        match event:
            case SellerPartCancelled() | RefundReservationDropped():
                return event.order_id
            case _:
                return None

    def evolve(self, state: CancelledParts, event: Event) -> CancelledParts:
        match event:
            case SellerPartCancelled(seller_id=seller_id) if seller_id not in state.sellers:
                return CancelledParts((*state.sellers, seller_id))
            case _:
                return state

    def react(self, state: CancelledParts, recorded: Recorded) -> Sequence[Reaction]:
        match recorded.event:
            case SellerPartCancelled(seller_id=seller_id, order_id=order_id):
                return [self._refund(order_id, seller_id, "", recorded)]
            case RefundReservationDropped(order_id=order_id, refund_id=refund_id):
                # What a rejected refund had set aside is the buyer's again.
                return [
                    self._refund(order_id, seller_id, refund_id, recorded)
                    for seller_id in state.sellers
                ]
            case _:
                return []

    def _refund(self, order_id: str, seller_id: str, because_of: str, recorded: Recorded) -> Do:
        request = RequestRefund(
            by=Actor("system", self.name),
            now=recorded.envelope.recorded_at,
            occurred_at=recorded.envelope.occurred_at,
            refund_id=derived_id(self.name, order_id, seller_id, because_of),
            order_id=order_id,
            seller_id=seller_id,
            reason="this part of the order was cancelled",
            approve=True,
        )
        return Do(f"{self.name}/{order_id}/{seller_id}/{because_of}", request)
