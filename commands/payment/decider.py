"""Payments: an intent, then a capture or a decline. Capture and escrow hold are one commit."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from commands.amounts import same_currency, within_limits
from commands.command import Policy
from commands.escrow.decider import Escrow
from commands.order.state import Order, OrderState, known
from commands.payment.messages import (
    RecordCapture,
    RecordDecline,
    StartPayment,
)
from commands.refusals import (
    NotAllowed,
    NotYours,
    OrderAlreadyPaid,
    OrderIsCancelled,
    PaymentExists,
    PaymentInProgress,
    PaymentUnknown,
)
from eventstore.events.base import Event
from eventstore.events.escrow import FundsHeld
from eventstore.events.order import (
    OrderPaid,
    OrderPaymentClosed,
    OrderPaymentOpened,
    OrderPaymentRecorded,
    PaymentDifferenceBooked,
)
from eventstore.events.payment import (
    PaymentCaptured,
    PaymentDeclined,
    PaymentReversed,
    PaymentStarted,
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
        case Payment(), PaymentCaptured():
            return replace(payment, status="captured")
        case Payment(), PaymentDeclined():
            return replace(payment, status="declined")
        case Payment(), PaymentReversed():
            return replace(payment, status="reversed")
        case _:
            raise AssertionError(f"the log is broken: {event} after {payment}")


def _known(payment: PaymentState) -> Payment:
    if isinstance(payment, NoPayment):
        raise PaymentUnknown(field="payment_id")
    return payment


def start(
    command: StartPayment,
    payment: PaymentState,
    order: OrderState,
    escrows: Mapping[str, Escrow],
    policy: Policy,
) -> list[Event]:
    """The manual provider has no outside effect: its capture is in the same commit."""
    order = known(order)
    if not command.by.may_act_for_buyer(order.buyer_id):
        raise NotYours("The order belongs to another buyer.", field="order_id")
    if command.provider == MANUAL and not command.by.runs_the_marketplace:
        raise NotAllowed("Only an operator may record a manual payment.", field="provider")
    if not isinstance(payment, NoPayment):
        raise PaymentExists(field="payment_id")
    _awaits_payment(order, policy)
    started = PaymentStarted(
        payment_id=command.payment_id,
        order_id=order.order_id,
        provider=command.provider,
        method=command.method,
        source=command.source,
        amount=_amount(command, order),
    )
    if command.provider != MANUAL:
        opened = OrderPaymentOpened(
            order_id=order.order_id, payment_id=command.payment_id, amount=started.amount
        )
        return [started, opened]
    made = evolve(INITIAL, started)
    captured = RecordCapture(
        by=command.by,
        now=command.now,
        occurred_at=command.occurred_at,
        payment_id=command.payment_id,
        order_id=order.order_id,
        charge_reference=f"manual:{command.payment_id}",
    )
    return [started, *capture(captured, made, order, escrows, policy)]


def _awaits_payment(order: Order, policy: Policy) -> None:
    if order.status == "cancelled":
        raise OrderIsCancelled(field="order_id")
    if order.status != "awaiting_payment":
        raise OrderAlreadyPaid(field="order_id")
    expected = order.captured_minor + order.under_way_minor
    if order.open_payments and expected >= order.total_minor - policy.payment_tolerance_minor:
        raise PaymentInProgress(field="order_id")


def _amount(command: StartPayment, order: Order) -> Money:
    same_currency(command.currency, order.currency)
    if command.amount_minor is None:
        due = order.total_minor - order.captured_minor - order.under_way_minor
        return Money(due, order.currency)
    return Money(within_limits(command.amount_minor), order.currency)


def capture(
    command: RecordCapture,
    payment: PaymentState,
    order: OrderState,
    escrows: Mapping[str, Escrow],
    policy: Policy,
) -> list[Event]:
    """Record a capture, hold it for the sellers, book what differs from the total.

    Money that arrives after a decline was reported, or for a cancelled order, is taken in all
    the same: it is there. A process then returns it.
    """
    payment = _known(payment)
    order = known(order)
    if payment.status in {"captured", "reversed"}:
        return []
    amount = payment.amount
    captured = order.captured_minor + amount.amount_minor
    covered = captured >= order.total_minor - policy.payment_tolerance_minor
    holds = _holds(command.payment_id, order, escrows, None if covered else amount.amount_minor)
    held = sum(hold.amount.amount_minor for hold in holds)
    difference = amount.amount_minor - held
    events = [*_recorded(command, payment, order), *holds]
    if difference:
        events.append(
            PaymentDifferenceBooked(
                order_id=order.order_id,
                payment_id=command.payment_id,
                amount=amount.of(difference),
            )
        )
    if covered and order.status == "awaiting_payment":
        events.append(OrderPaid(order_id=order.order_id))
    return events


def _recorded(command: RecordCapture, payment: Payment, order: Order) -> list[Event]:
    return [
        PaymentCaptured(
            payment_id=command.payment_id,
            order_id=order.order_id,
            amount=payment.amount,
            charge_reference=command.charge_reference,
        ),
        OrderPaymentRecorded(
            order_id=order.order_id,
            payment_id=command.payment_id,
            provider=payment.provider,
            method=payment.method,
            charge_reference=command.charge_reference,
            amount=payment.amount,
        ),
    ]


def _holds(
    payment_id: str, order: Order, escrows: Mapping[str, Escrow], limit_minor: int | None
) -> list[FundsHeld]:
    """Fill the sellers' parts in their order, up to the limit; without one, to the full."""
    holds: list[FundsHeld] = []
    for seller_id in order.parts:
        missing = order.due_minor(seller_id) - escrows[seller_id].funded_minor
        held = missing if limit_minor is None else min(missing, limit_minor)
        if limit_minor is not None:
            limit_minor -= held
        if held > 0:
            holds.append(
                FundsHeld(
                    order_id=order.order_id,
                    seller_id=seller_id,
                    payment_id=payment_id,
                    amount=Money(held, order.currency),
                )
            )
    return holds


def decline(command: RecordDecline, payment: PaymentState) -> list[Event]:
    """A failure that comes after a success takes the captured money back."""
    payment = _known(payment)
    if payment.status == "captured":
        return [
            PaymentReversed(
                payment_id=command.payment_id,
                order_id=payment.order_id,
                amount=payment.amount,
                reason=command.reason,
            )
        ]
    if payment.status != "started":
        return []
    ids = {"payment_id": command.payment_id, "order_id": payment.order_id}
    return [PaymentDeclined(reason=command.reason, **ids), OrderPaymentClosed(**ids)]
