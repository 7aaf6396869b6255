"""Payments: an intent, then a capture or a decline. Capture and escrow hold are one commit."""

from commands.amounts import same_currency, within_limits
from commands.command import Policy
from commands.refusals import NotAllowed, NotYours
from commands.streams.order.refusals import OrderAlreadyPaid, OrderIsCancelled
from commands.streams.order.state import Order
from commands.streams.payment.funding import Funds, fill
from commands.streams.payment.messages import (
    RecordCapture,
    RecordDecline,
    StartPayment,
)
from commands.streams.payment.refusals import PaymentExists, PaymentInProgress, TooManyPayments
from commands.streams.payment.reversal import paid, reinstate, reverse
from commands.streams.payment.state import (
    INITIAL,
    MANUAL,
    NoPayment,
    Payment,
    PaymentState,
    evolve,
    known,
)
from eventstore.events.base import Event
from eventstore.events.order import (
    OrderPaymentClosed,
    OrderPaymentOpened,
    OrderPaymentRecorded,
)
from eventstore.events.payment import PaymentCaptured, PaymentDeclined, PaymentStarted
from eventstore.values import Money

# A refund names each payment that it goes back over.
PAYMENTS_MAX = 50


def start(command: StartPayment, payment: PaymentState, funds: Funds) -> list[Event]:
    """The manual provider has no outside effect: its capture is in the same commit."""
    order = funds.order
    if not command.by.may_act_for_buyer(order.buyer_id):
        raise NotYours("The order belongs to another buyer.", field="order_id")
    if command.provider == MANUAL and not command.by.runs_the_marketplace:
        raise NotAllowed("Only an operator may record a manual payment.", field="provider")
    if not isinstance(payment, NoPayment):
        raise PaymentExists(field="payment_id")
    _awaits_payment(order, funds.policy)
    _may_be_one_more(order, command.provider)
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
    captured = RecordCapture(
        by=command.by,
        now=command.now,
        occurred_at=command.occurred_at,
        payment_id=command.payment_id,
        order_id=order.order_id,
        charge_reference=f"manual:{command.payment_id}",
    )
    return [started, *capture(captured, known(evolve(INITIAL, started)), funds)]


def _awaits_payment(order: Order, policy: Policy) -> None:
    if order.status == "cancelled":
        raise OrderIsCancelled(field="order_id")
    if order.status != "awaiting_payment" and not order.short:
        raise OrderAlreadyPaid(field="order_id")
    expected = order.funded_minor + order.under_way_minor
    tolerance = policy.tolerance_minor(order.total_minor)
    if order.open_payments and expected >= order.total_minor - tolerance:
        raise PaymentInProgress(field="order_id")


def _may_be_one_more(order: Order, provider: str) -> None:
    """Operators may always record what has been paid."""
    if provider != MANUAL and len(order.charges) + len(order.open_payments) >= PAYMENTS_MAX:
        raise TooManyPayments(field="order_id")


def _amount(command: StartPayment, order: Order) -> Money:
    same_currency(command.currency, order.currency)
    if command.amount_minor is None:
        due = order.total_minor - order.funded_minor - order.under_way_minor
        if due <= 0:
            raise OrderAlreadyPaid("Nothing more is due.", field="order_id")
        return Money(due, order.currency)
    return Money(within_limits(command.amount_minor), order.currency)


def capture(command: RecordCapture, payment: Payment, funds: Funds) -> list[Event]:
    """Record a capture, hold it for the sellers, book what differs from the total.

    Money that arrives after a decline was reported, or for a cancelled order, is taken in all
    the same: it is there. A process then returns it. A charge that was taken back counts again.
    """
    if payment.status == "captured":
        return []
    if payment.status == "reversed":
        return reinstate(command, payment, funds)
    recorded = _recorded(command, payment)
    filled = fill(funds, command.payment_id, payment.amount)
    return [*recorded, *filled, *paid(funds, payment.amount)]


def _recorded(command: RecordCapture, payment: Payment) -> list[Event]:
    return [
        PaymentCaptured(
            payment_id=command.payment_id,
            order_id=payment.order_id,
            amount=payment.amount,
            charge_reference=command.charge_reference,
        ),
        OrderPaymentRecorded(
            order_id=payment.order_id,
            payment_id=command.payment_id,
            provider=payment.provider,
            method=payment.method,
            charge_reference=command.charge_reference,
            amount=payment.amount,
        ),
    ]


def decline(command: RecordDecline, payment: Payment, funds: Funds | None) -> list[Event]:
    """A failure that comes after a success takes the captured money back: `funds` tell whence."""
    if payment.status == "captured":
        assert funds is not None
        return reverse(command, payment, funds)
    if payment.status != "started":
        return []
    ids = {"payment_id": command.payment_id, "order_id": payment.order_id}
    return [PaymentDeclined(reason=command.reason, **ids), OrderPaymentClosed(**ids)]
