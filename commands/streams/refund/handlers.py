"""Handlers of refunds and of their legs."""

from collections.abc import Iterable
from typing import Literal

from commands.command import NoAnswer, Policy
from commands.stream import Decision, States, Stream, has, only
from commands.streams.escrow.state import ESCROW
from commands.streams.order.evolve import ORDER
from commands.streams.order.state import Order
from commands.streams.order.state import known as known_order
from commands.streams.payment.state import PAYMENT
from commands.streams.refund import decider, settlement
from commands.streams.refund.approval import Books
from commands.streams.refund.messages import (
    ApproveRefund,
    DecisionAnswer,
    LegAnswer,
    RecordRefundLegFailed,
    RecordRefundLegSettled,
    RefundAnswer,
    RejectRefund,
    RequestRefund,
    SettleRefundLeg,
)
from commands.streams.refund.state import REFUND, known
from commands.streams.seller_account.state import SELLER_ACCOUNT
from commands.streams.stock.state import STOCK
from eventstore.events.base import Event
from eventstore.events.refund import RefundApproved, RefundRequested, RefundSettled


def request(command: RequestRefund, states: States, _: Policy) -> Decision:
    order = known_order(states.of(ORDER, command.order_id))
    refund = states.of(REFUND, command.refund_id, new=True)
    events = decider.request(command, refund, _books(order, states))
    return events, RefundAnswer(
        refund_id=command.refund_id,
        order_id=command.order_id,
        amount=only(events, RefundRequested).amount,
        status=_status(events),
    )


def approve(command: ApproveRefund, states: States, _: Policy) -> Decision:
    refund = known(states.of(REFUND, command.refund_id))
    order = known_order(states.of(ORDER, refund.order_id))
    events = decider.approve(command, refund, _books(order, states))
    return events, DecisionAnswer(refund_id=command.refund_id, status=_status(events))


def _status(events: Iterable[Event]) -> Literal["requested", "approved", "settled"]:
    if has(events, RefundSettled):
        return "settled"
    return "approved" if has(events, RefundApproved) else "requested"


def _books(order: Order, states: States) -> Books:
    listings = [line.line.listing_id for line in order.lines]
    return Books(
        order=order,
        escrows={
            seller_id: states.of(ESCROW, order.order_id, seller_id) for seller_id in order.parts
        },
        accounts={seller_id: states.of(SELLER_ACCOUNT, seller_id) for seller_id in order.parts},
        stocks={listing_id: states.of(STOCK, listing_id) for listing_id in listings},
    )


def reject(command: RejectRefund, states: States, _: Policy) -> Decision:
    events = decider.reject(command, states.of(REFUND, command.refund_id))
    return events, DecisionAnswer(refund_id=command.refund_id, status="rejected")


def settle_leg(command: RecordRefundLegSettled, states: States, _: Policy) -> Decision:
    return settlement.settle_leg(command, states.of(REFUND, command.refund_id)), NoAnswer()


def fail_leg(command: RecordRefundLegFailed, states: States, _: Policy) -> Decision:
    return settlement.fail_leg(command, states.of(REFUND, command.refund_id)), NoAnswer()


def settle_otherwise(command: SettleRefundLeg, states: States, _: Policy) -> Decision:
    refund = known(states.of(REFUND, command.refund_id))
    order = states.of(ORDER, refund.order_id)
    payment = states.of(PAYMENT, command.payment_id)
    events = settlement.settle_otherwise(command, refund, order, payment)
    return events, LegAnswer(
        refund_id=command.refund_id,
        payment_id=command.payment_id,
        way=command.way,
        settled=has(events, RefundSettled),
    )


STREAM = Stream(
    fold=REFUND,
    handlers={
        RequestRefund: request,
        ApproveRefund: approve,
        RejectRefund: reject,
        RecordRefundLegSettled: settle_leg,
        RecordRefundLegFailed: fail_leg,
        SettleRefundLeg: settle_otherwise,
    },
)
