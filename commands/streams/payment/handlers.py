"""Handlers of payments."""

from collections.abc import Iterable, Sequence

from commands.command import Policy
from commands.stream import Decision, States, Stream, has, only
from commands.streams.escrow.state import ESCROW
from commands.streams.order.evolve import ORDER
from commands.streams.order.state import Order
from commands.streams.order.state import known as known_order
from commands.streams.payment import decider
from commands.streams.payment.funding import Funds
from commands.streams.payment.messages import (
    OutcomeAnswer,
    PaymentAnswer,
    RecordCapture,
    RecordDecline,
    StartPayment,
)
from commands.streams.payment.state import MANUAL, PAYMENT, known
from commands.streams.refund.state import REFUND
from commands.streams.seller_account.state import SELLER_ACCOUNT
from eventstore.events.order import OrderPaid
from eventstore.events.payment import PaymentCaptured, PaymentStarted


def start(command: StartPayment, states: States, policy: Policy) -> Decision:
    order = known_order(states.of(ORDER, command.order_id))
    manual = command.provider == MANUAL
    funds = _funds(order, states, policy) if manual else _no_funds(order, policy)
    events = decider.start(command, states.of(PAYMENT, command.payment_id, new=True), funds)
    return events, PaymentAnswer(
        payment_id=command.payment_id,
        order_id=command.order_id,
        amount=only(events, PaymentStarted).amount,
        status="captured" if has(events, PaymentCaptured) else "started",
        order_paid=has(events, OrderPaid),
    )


def capture(command: RecordCapture, states: States, policy: Policy) -> Decision:
    payment = known(states.of(PAYMENT, command.payment_id))
    order = known_order(states.of(ORDER, payment.order_id))
    events = decider.capture(command, payment, _funds(order, states, policy))
    return events, OutcomeAnswer(payment_id=command.payment_id, status="captured")


def decline(command: RecordDecline, states: States, policy: Policy) -> Decision:
    payment = known(states.of(PAYMENT, command.payment_id))
    order = known_order(states.of(ORDER, payment.order_id))  # Its open payment ends too.
    funds = None
    if payment.status == "captured":
        funds = _funds(order, states, policy, order.parts)
        for refund_id in order.open_refunds:
            states.of(REFUND, refund_id)  # One that would go over this payment is rejected.
    events = decider.decline(command, payment, funds)
    return events, OutcomeAnswer(payment_id=command.payment_id, status="declined")


def _funds(order: Order, states: States, policy: Policy, accounts_of: Iterable[str] = ()) -> Funds:
    """With the accounts of these sellers, and of those whose part is done."""
    new = order.status == "awaiting_payment" and not order.charges
    done = [seller_id for seller_id, status in order.parts.items() if status == "completed"]
    return Funds(
        order=order,
        escrows={
            seller_id: states.of(ESCROW, order.order_id, seller_id, new=new)
            for seller_id in order.parts
        },
        accounts={
            seller_id: states.of(SELLER_ACCOUNT, seller_id) for seller_id in (*done, *accounts_of)
        },
        policy=policy,
    )


def _no_funds(order: Order, policy: Policy) -> Funds:
    return Funds(order=order, escrows={}, accounts={}, policy=policy)


def _order(command: StartPayment) -> Sequence[str]:
    return [ORDER.name(command.order_id)]


STREAM = Stream(
    fold=PAYMENT,
    handlers={StartPayment: start, RecordCapture: capture, RecordDecline: decline},
    reads={StartPayment: _order},
)
