"""Payments: an intent, then a capture or a decline."""

from commands.streams.order.messages import CancelOrder
from commands.streams.order.refusals import OrderAlreadyPaid
from commands.streams.payment.messages import StartPayment
from commands.streams.payment.refusals import PaymentInProgress
from eventstore.events.base import Event
from eventstore.events.escrow import FundsReturned
from eventstore.events.order import (
    OrderPaymentClosed,
    OrderPaymentOpened,
    RefundLeg,
    RefundLine,
    RefundReservationUsed,
    RefundReserved,
)
from eventstore.events.payment import PaymentDeclined, PaymentStarted
from eventstore.events.refund import RefundApproved, RefundRequested
from tests.given import at
from tests.unit.facts import PAID, UNPAID, by_hand, captured, held, ids, missed, part, reversed_of
from tests.unit.market import BUYER, Market, eur
from tests.unit.order_steps import TOTAL, capture, started, take_back

ANOTHER = StartPayment(provider="sandbox", method="card", source="tok", **ids("p2"), **at(BUYER))
DECLINED: list[Event] = [PaymentDeclined(reason="bank", **ids()), OrderPaymentClosed(**ids())]


def opened(amount: int, payment_id: str) -> list[Event]:
    facts = {"amount": eur(amount), **ids(payment_id)}
    return [
        PaymentStarted(provider="sandbox", method="card", source="tok", **facts),
        OrderPaymentOpened(**facts),
    ]


def under_way(amount_minor: int | None = None) -> Market:
    market = Market()
    market.place()
    started(market, amount_minor)
    return market


def test_capture_and_escrow_hold_are_one_commit() -> None:
    market = Market()
    market.place(anna=1, boris=1)
    assert market.pay() == [*by_hand(TOTAL + 383), held(TOTAL), held(383, "boris"), PAID]


def test_paying_twice_is_refused() -> None:
    market = Market()
    market.place()
    market.pay()
    market.when(ANOTHER).refused(OrderAlreadyPaid, "order_id")


def test_a_second_payment_waits_for_the_first_one_s_outcome() -> None:
    market = under_way()
    market.when(ANOTHER).refused(PaymentInProgress, "order_id")
    take_back(market)
    market.when(ANOTHER).then(*opened(TOTAL, "p2"))


def test_a_payment_in_part_leaves_room_for_the_rest() -> None:
    under_way(400).when(ANOTHER).then(*opened(TOTAL - 400, "p2"))


def test_a_capture_is_recorded_once_and_after_a_decline_too() -> None:
    market = under_way()
    assert take_back(market) == DECLINED
    assert capture(market) == [*captured(TOTAL), held(TOTAL), PAID]
    assert capture(market) == []


def test_a_failure_after_a_success_takes_the_capture_back() -> None:
    market = under_way()
    capture(market)
    assert take_back(market) == [*reversed_of(TOTAL, TOTAL), missed(TOTAL), UNPAID]
    assert take_back(market) == []


def test_money_for_a_cancelled_order_is_taken_in_and_can_go_back() -> None:
    market = under_way()
    market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    assert capture(market) == [*captured(TOTAL), held(TOTAL)]
    line = RefundLine(
        line_id=1,
        seller_id="anna",
        quantity=1,
        price_minor=1005,
        shipping_minor=50,
        commission_minor=101,
        commission_vat_minor=0,
    )
    leg = RefundLeg(payment_id="p1", provider="sandbox", charge_reference="ch", amount_minor=TOTAL)
    refund = {"refund_id": "r1", "order_id": "o1"}
    asked = {"lines": (line,), "difference_minor": 0, "legs": (leg,), **refund}
    assert market.refund() == [
        RefundRequested(amount=eur(TOTAL), reason="x", **asked),
        RefundReserved(**asked),
        RefundApproved(amount=eur(TOTAL), legs=(leg,), **refund),
        RefundReservationUsed(**refund),
        FundsReturned(amount=eur(TOTAL), refund_id="r1", **part()),
    ]
