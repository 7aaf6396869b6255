"""Refund everything that was captured for an order once the order is cancelled.

A capture may arrive after the cancellation, and the two events in any order: for each captured
payment of a cancelled order a refund of everything is asked for, under an id of its own. The
first takes all there is; the others find nothing left and are refused.
"""

from collections.abc import Sequence

import msgspec

from commands.command import Actor
from commands.idempotency import derived_id
from commands.processes.process import Process
from commands.processes.reactions import Do, Reaction
from commands.streams.refund.messages import RequestRefund
from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.events.order import (
    OrderCancelled,
    OrderPaymentRecorded,
    OrderPaymentReinstated,
    RefundReservationDropped,
)


class CapturedAndCancelled(msgspec.Struct, frozen=True, gc=False):
    cancelled: bool = False
    payments: tuple[str, ...] = ()


class RefundCancelledOrder(Process[CapturedAndCancelled]):
    name = "refund-cancelled-order"
    state_type = CapturedAndCancelled

    def interested(self, event: Event) -> str | None:
        match event:
            case OrderCancelled() | OrderPaymentRecorded() | OrderPaymentReinstated():
                return event.order_id
            case RefundReservationDropped():
                return event.order_id
            case _:
                return None

    def evolve(self, state: CapturedAndCancelled, event: Event) -> CapturedAndCancelled:
        match event:
            case OrderCancelled():
                return CapturedAndCancelled(cancelled=True, payments=state.payments)
            case OrderPaymentRecorded(payment_id=payment_id) if payment_id not in state.payments:
                payments = (*state.payments, payment_id)
                return CapturedAndCancelled(cancelled=state.cancelled, payments=payments)
            case _:
                return state

    def react(self, state: CapturedAndCancelled, recorded: Recorded) -> Sequence[Reaction]:
        if not state.cancelled:
            return []
        order_id = self.interested(recorded.event) or ""
        asks = [self._refund(order_id, payment_id, recorded) for payment_id in state.payments]
        match recorded.event:
            case RefundReservationDropped(refund_id=refund_id):
                # What a rejected refund had set aside is the buyer's again.
                asks.append(self._refund(order_id, f"refund/{refund_id}/dropped", recorded))
            case OrderPaymentReinstated(payment_id=payment_id):
                again = f"{payment_id}/{recorded.position}"
                asks.append(self._refund(order_id, again, recorded))
            case _:
                pass
        return asks

    def _refund(self, order_id: str, because_of: str, recorded: Recorded) -> Do:
        """`because_of` tells payments and refunds apart: clients may give both the same id."""
        refund_id = derived_id(self.name, order_id, because_of)
        request = RequestRefund(
            by=Actor("system", self.name),
            now=recorded.envelope.recorded_at,
            occurred_at=recorded.envelope.occurred_at,
            refund_id=refund_id,
            order_id=order_id,
            reason="order cancelled",
            approve=True,
        )
        return Do(f"{self.name}/{order_id}/{because_of}", request)
