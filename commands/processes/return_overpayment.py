"""Return what was paid beyond an order's total, to the payment that it came from.

Up to the tolerance in minor units it is a difference in the books; that it is small beside the
total, as one that is short must be, is not asked. An operator may return that too, and returns
what was paid by hand.
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
    PaymentDifferenceBooked,
    PaymentDifferenceChargedBack,
    RefundReservationDropped,
)


class Overpaid(msgspec.Struct, frozen=True, gc=False):
    """Of one order, the payments that brought more than was due, and how much more."""

    payments: dict[str, int] = {}


class ReturnOverpayment(Process[Overpaid]):
    name = "return-overpayment"
    state_type = Overpaid

    def interested(self, event: Event) -> str | None:
        match event:
            case PaymentDifferenceBooked() if (
                event.amount.amount_minor > self.policy.payment_tolerance_minor
            ):
                return event.order_id
            # Less than nothing is charged back when the charge comes again: it is booked anew.
            case PaymentDifferenceChargedBack() if (
                -event.amount.amount_minor > self.policy.payment_tolerance_minor
            ):
                return event.order_id
            case RefundReservationDropped():
                return event.order_id
            case _:
                return None

    def evolve(self, state: Overpaid, event: Event) -> Overpaid:
        match event:
            case PaymentDifferenceBooked() | PaymentDifferenceChargedBack():
                more = abs(event.amount.amount_minor)
                return Overpaid(state.payments | {event.payment_id: more})
            case _:
                return state

    def react(self, state: Overpaid, recorded: Recorded) -> Sequence[Reaction]:
        match recorded.event:
            case PaymentDifferenceBooked() | PaymentDifferenceChargedBack() as event:
                more = abs(event.amount.amount_minor)
                return [self._refund(event.order_id, event.payment_id, more, recorded)]
            case RefundReservationDropped(order_id=order_id):
                # A rejected refund may have set the difference aside.
                return [
                    self._refund(order_id, payment_id, more, recorded)
                    for payment_id, more in state.payments.items()
                ]
            case _:
                return []

    def _refund(self, order_id: str, payment_id: str, more: int, recorded: Recorded) -> Do:
        key = f"{order_id}/{payment_id}/{recorded.position}"
        request = RequestRefund(
            by=Actor("system", self.name),
            now=recorded.envelope.recorded_at,
            occurred_at=recorded.envelope.occurred_at,
            refund_id=derived_id(self.name, key),
            order_id=order_id,
            reason="paid more than the total",
            overpaid=True,
            payment_id=payment_id,
            amount_minor=more,
            approve=True,
        )
        return Do(f"{self.name}/{key}", request)
