"""Payments: an intent, then a capture or a decline."""

from commands.streams.order.messages import CancelOrder
from commands.streams.order.refusals import OrderAlreadyPaid
from commands.streams.payment.messages import RecordDecline, StartPayment
from commands.streams.payment.refusals import PaymentInProgress
from eventstore.events.escrow import FundsHeld
from eventstore.events.order import OrderPaid
from eventstore.events.payment import (
    PaymentCaptured,
    PaymentDeclined,
    PaymentReversed,
    PaymentStarted,
)
from eventstore.events.refund import RefundApproved
from tests.given import at
from tests.unit.market import BUYER, SYSTEM, Market, eur, of, refuses
from tests.unit.order_steps import capture, started


def test_capture_and_escrow_hold_are_one_commit() -> None:
    market = Market()
    market.place(anna=1, boris=1)
    events = market.pay()
    assert [(held.seller_id, held.amount) for held in of(events, FundsHeld)] == [
        ("anna", eur(1055)),
        ("boris", eur(383)),
    ]
    assert of(events, PaymentCaptured)
    assert of(events, OrderPaid)


def test_paying_twice_is_refused() -> None:
    market = Market()
    market.place()
    market.pay()
    again = StartPayment(
        payment_id="p2", order_id="o1", provider="sandbox", method="card", source="", **at(BUYER)
    )
    refuses(market, OrderAlreadyPaid, again)


def test_a_second_payment_waits_for_the_first_one_s_outcome() -> None:
    market = Market()
    market.place()
    started(market)
    again = StartPayment(
        payment_id="p2", order_id="o1", provider="sandbox", method="card", source="t", **at(BUYER)
    )
    refuses(market, PaymentInProgress, again)
    market.decide(RecordDecline(payment_id="p1", reason="r", **at(SYSTEM)))
    assert market.decide(again)


def test_a_payment_in_part_leaves_room_for_the_rest() -> None:
    market = Market()
    market.place()
    part = {"order_id": "o1", "provider": "sandbox", "method": "card", "source": "t"}
    market.decide(StartPayment(payment_id="p1", amount_minor=400, **part, **at(BUYER)))
    rest = market.decide(StartPayment(payment_id="p2", **part, **at(BUYER)))
    assert of(rest, PaymentStarted)[0].amount == eur(655)


def test_a_capture_is_recorded_once_and_after_a_decline_too() -> None:
    market = Market()
    market.place()
    started(market)
    assert of(
        market.decide(RecordDecline(payment_id="p1", reason="r", **at(SYSTEM))), PaymentDeclined
    )
    assert of(capture(market), PaymentCaptured)
    assert capture(market) == []


def test_a_failure_after_a_success_takes_the_capture_back() -> None:
    market = Market()
    market.place()
    started(market)
    capture(market)
    late = RecordDecline(payment_id="p1", reason="bank", **at(SYSTEM))
    assert of(market.decide(late), PaymentReversed)
    assert market.decide(late) == []


def test_money_for_a_cancelled_order_is_taken_in_and_can_go_back() -> None:
    market = Market()
    market.place()
    started(market)
    market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    assert not of(capture(market), OrderPaid)
    (approved,) = of(market.refund(), RefundApproved)
    assert approved.amount == eur(1055)
