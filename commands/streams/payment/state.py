"""What a payment remembers: for what it is, and how far it got."""

from typing import Literal

import msgspec

from commands.stream import Fold
from commands.streams.payment.refusals import PaymentUnknown
from eventstore.events.base import Event
from eventstore.events.payment import (
    PaymentCaptured,
    PaymentDeclined,
    PaymentReinstated,
    PaymentReversed,
    PaymentStarted,
    payment_stream,
)
from eventstore.values import Money

MANUAL = "manual"


class NoPayment(msgspec.Struct, frozen=True, gc=False):
    pass


class Payment(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    order_id: str
    provider: str
    method: str
    amount: Money
    status: Literal["started", "captured", "declined", "reversed"] = "started"


type PaymentState = NoPayment | Payment

INITIAL = NoPayment()


def evolve(payment: PaymentState, event: Event) -> PaymentState:
    replace = msgspec.structs.replace
    match payment, event:
        case NoPayment(), PaymentStarted():
            return Payment(
                order_id=event.order_id,
                provider=event.provider,
                method=event.method,
                amount=event.amount,
            )
        case Payment(), PaymentCaptured() | PaymentReinstated():
            return replace(payment, status="captured")
        case Payment(), PaymentDeclined():
            return replace(payment, status="declined")
        case Payment(), PaymentReversed():
            return replace(payment, status="reversed")
        case _:
            raise AssertionError(f"the log is broken: {event} after {payment}")


def known(payment: PaymentState) -> Payment:
    if isinstance(payment, NoPayment):
        raise PaymentUnknown(field="payment_id")
    return payment


PAYMENT: Fold[PaymentState] = Fold("payment", payment_stream, INITIAL, evolve)
