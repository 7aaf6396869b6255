"""Handlers of payments, refunds and payouts."""

from collections.abc import Iterable

from commands.command import Policy
from commands.decision import Decision, has, only
from commands.order.state import Order, known
from commands.payment import decider as payment
from commands.payment.funding import Funds
from commands.payment.messages import (
    RecordCapture,
    RecordDecline,
    StartPayment,
)
from commands.payment.state import MANUAL
from commands.payment.state import known as known_payment
from commands.payout import decider as payout
from commands.payout.messages import (
    RecordPayoutFailed,
    RecordPayoutSent,
    RecordPayoutSettled,
    RequestPayout,
)
from commands.refund import decider as refund
from commands.refund import settlement
from commands.refund.approval import Books
from commands.refund.messages import (
    ApproveRefund,
    RecordRefundLegFailed,
    RecordRefundLegSettled,
    RejectRefund,
    RequestRefund,
    SettleRefundLeg,
)
from commands.refund.state import known as known_refund
from commands.states import States
from eventstore.events.base import Event
from eventstore.events.order import OrderPaid
from eventstore.events.payment import PaymentCaptured, PaymentStarted
from eventstore.events.payout import PayoutRequested, PayoutSettled
from eventstore.events.refund import RefundApproved, RefundRequested, RefundSettled


def start_payment(command: StartPayment, states: States, policy: Policy) -> Decision:
    order = known(states.order(command.order_id))
    manual = command.provider == MANUAL
    funds = _funds(order, states, policy) if manual else _no_funds(order, policy)
    events = payment.start(command, states.payment(command.payment_id, new=True), funds)
    started = only(events, PaymentStarted)
    captured = has(events, PaymentCaptured)
    return events, {
        "payment_id": command.payment_id,
        "order_id": command.order_id,
        "amount": started.amount,
        "status": "captured" if captured else "started",
        "order_paid": has(events, OrderPaid),
    }


def record_capture(command: RecordCapture, states: States, policy: Policy) -> Decision:
    state = known_payment(states.payment(command.payment_id))
    order = known(states.order(state.order_id))
    events = payment.capture(command, state, _funds(order, states, policy))
    return events, {"payment_id": command.payment_id, "status": "captured"}


def record_decline(command: RecordDecline, states: States, policy: Policy) -> Decision:
    state = known_payment(states.payment(command.payment_id))
    order = known(states.order(state.order_id))  # Its open payment ends with the decline.
    funds = None
    if state.status == "captured":
        funds = _funds(order, states, policy, order.parts)
        for refund_id in order.open_refunds:
            states.refund(refund_id)  # One that would go over this payment is rejected.
    return payment.decline(command, state, funds), {
        "payment_id": command.payment_id,
        "status": "declined",
    }


def _funds(order: Order, states: States, policy: Policy, accounts_of: Iterable[str] = ()) -> Funds:
    """With the accounts of these sellers, and of those whose part is done."""
    new = order.status == "awaiting_payment" and not order.charges
    done = [seller_id for seller_id, status in order.parts.items() if status == "completed"]
    return Funds(
        order=order,
        escrows={
            seller_id: states.escrow(order.order_id, seller_id, new=new)
            for seller_id in order.parts
        },
        accounts={seller_id: states.account(seller_id) for seller_id in (*done, *accounts_of)},
        policy=policy,
    )


def _no_funds(order: Order, policy: Policy) -> Funds:
    return Funds(order=order, escrows={}, accounts={}, policy=policy)


def request_refund(command: RequestRefund, states: States, _: Policy) -> Decision:
    order = known(states.order(command.order_id))
    state = states.refund(command.refund_id, new=True)
    events = refund.request(command, state, _books(order, states))
    requested = only(events, RefundRequested)
    return events, {
        "refund_id": command.refund_id,
        "order_id": command.order_id,
        "amount": requested.amount,
        "status": _refund_status(events),
    }


def approve_refund(command: ApproveRefund, states: States, _: Policy) -> Decision:
    state = known_refund(states.refund(command.refund_id))
    order = known(states.order(state.order_id))
    events = refund.approve(command, state, _books(order, states))
    return events, {"refund_id": command.refund_id, "status": _refund_status(events)}


def _refund_status(events: Iterable[Event]) -> str:
    if has(events, RefundSettled):
        return "settled"
    return "approved" if has(events, RefundApproved) else "requested"


def _books(order: Order, states: States) -> Books:
    return Books(
        order=order,
        escrows={seller_id: states.escrow(order.order_id, seller_id) for seller_id in order.parts},
        accounts={seller_id: states.account(seller_id) for seller_id in order.parts},
        stocks={line.line.listing_id: states.stock(line.line.listing_id) for line in order.lines},
    )


def reject_refund(command: RejectRefund, states: States, _: Policy) -> Decision:
    events = refund.reject(command, states.refund(command.refund_id))
    return events, {"refund_id": command.refund_id, "status": "rejected"}


def settle_leg(command: RecordRefundLegSettled, states: States, _: Policy) -> Decision:
    return settlement.settle_leg(command, states.refund(command.refund_id)), {}


def fail_leg(command: RecordRefundLegFailed, states: States, _: Policy) -> Decision:
    return settlement.fail_leg(command, states.refund(command.refund_id)), {}


def settle_leg_otherwise(command: SettleRefundLeg, states: States, _: Policy) -> Decision:
    state = known_refund(states.refund(command.refund_id))
    order = states.order(state.order_id)
    payment_of_leg = states.payment(command.payment_id)
    events = settlement.settle_otherwise(command, state, order, payment_of_leg)
    return events, {
        "refund_id": command.refund_id,
        "payment_id": command.payment_id,
        "way": command.way,
        "settled": has(events, RefundSettled),
    }


def request_payout(command: RequestPayout, states: States, _: Policy) -> Decision:
    events = payout.request(
        command,
        states.payout(command.payout_id, new=True),
        states.seller(command.seller_id),
        states.account(command.seller_id),
    )
    return events, {
        "payout_id": command.payout_id,
        "seller_id": command.seller_id,
        "amount": only(events, PayoutRequested).amount,
        "status": "settled" if has(events, PayoutSettled) else "requested",
    }


def send_payout(command: RecordPayoutSent, states: States, _: Policy) -> Decision:
    return payout.send(command, states.payout(command.payout_id)), {}


def settle_payout(command: RecordPayoutSettled, states: States, _: Policy) -> Decision:
    state = states.payout(command.payout_id)
    return payout.settle(command, state, states.account(command.seller_id)), {}


def fail_payout(command: RecordPayoutFailed, states: States, _: Policy) -> Decision:
    state = states.payout(command.payout_id)
    return payout.fail(command, state, states.account(command.seller_id)), {}
