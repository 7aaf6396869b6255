"""Charges that are taken back and come again: whose money it is at every moment."""

from datetime import timedelta
from typing import Any

import pytest

from commands.command import Policy
from commands.streams.order.messages import (
    CancelOrder,
    HandOverShipment,
    ReleaseFunds,
)
from commands.streams.order.refusals import (
    OrderAlreadyPaid,
    OrderAlreadyShipped,
    OrderNotPaid,
    PaymentNotDueYet,
)
from commands.streams.refund.messages import (
    RequestRefund,
)
from commands.streams.refund.refusals import (
    NothingToRefund,
)
from eventstore.events.escrow import (
    FundsChargedBack,
    FundsHeld,
    FundsReinstated,
    LossRecovered,
)
from eventstore.events.order import (
    OrderCancelled,
    OrderCompleted,
    OrderPaid,
    OrderPaymentReinstated,
    OrderPaymentReversed,
    OrderUnpaid,
    PaymentDifferenceChargedBack,
    SellerPartCancelled,
)
from eventstore.events.payment import (
    PaymentReinstated,
    PaymentReversed,
)
from eventstore.events.refund import (
    RefundRejected,
)
from eventstore.events.seller_account import (
    ChargebackDebited,
    EarningsCredited,
)
from eventstore.events.stock import StockReleased
from tests.given import NOW, at
from tests.unit.market import BUYER, SYSTEM, Market, eur, of, refuses
from tests.unit.order_steps import (
    HAND_OVER,
    TOTAL,
    books,
    cancel_unpaid,
    capture,
    charge,
    paid,
    take_back,
)


def test_a_charge_taken_back_leaves_the_order_unpaid_and_nothing_in_the_books() -> None:
    market = paid()
    events = take_back(market)
    assert [type(event) for event in events] == [
        PaymentReversed,
        OrderPaymentReversed,
        FundsChargedBack,
        OrderUnpaid,
    ]
    assert books(market) == {}
    order = market.state("order-o1")
    assert (order.status, order.captured_minor, order.short) == ("awaiting_payment", 0, True)


def test_what_was_taken_back_is_neither_shipped_for_nor_released_nor_refunded() -> None:
    market = paid()
    take_back(market)
    refuses(market, OrderNotPaid, HandOverShipment(seller_id="anna", **HAND_OVER, **at()))
    release = ReleaseFunds(order_id="o1", seller_id="anna", **at())
    refuses(market, OrderNotPaid, release)
    market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    everything = RequestRefund(
        refund_id="r1", order_id="o1", reason="cancelled", approve=True, **at(SYSTEM)
    )
    refuses(market, NothingToRefund, everything)


def test_an_order_that_fell_unpaid_can_be_paid_again() -> None:
    market = paid()
    take_back(market)
    events = charge(market, payment_id="p2")
    assert of(events, FundsHeld)[0].amount == eur(TOTAL)
    assert of(events, OrderPaid)
    assert market.ship()


def test_an_order_that_fell_unpaid_is_cancelled_after_a_deadline_of_its_own() -> None:
    market = paid()
    (unpaid,) = of(take_back(market), OrderUnpaid)
    assert unpaid.payment_due_at == NOW + timedelta(days=1)
    refuses(market, PaymentNotDueYet, cancel_unpaid(market))
    events = market.decide(cancel_unpaid(market, days=1))
    assert [type(event) for event in events] == [OrderCancelled, StockReleased]


def test_a_dispute_won_counts_again() -> None:
    market = paid()
    take_back(market)
    events = capture(market)
    assert [type(event) for event in events] == [
        PaymentReinstated,
        OrderPaymentReinstated,
        FundsReinstated,
        OrderPaid,
    ]
    assert books(market) == {"psp_clearing": -TOTAL, "escrow:o1/anna": TOTAL}
    assert capture(market) == []
    assert of(take_back(market), PaymentReversed)
    assert books(market) == {}


def test_a_dispute_won_after_the_cancellation_can_go_back() -> None:
    market = paid()
    take_back(market)
    market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    capture(market)
    market.refund()
    assert books(market) == {"psp_clearing": -TOTAL, "refund_clearing": TOTAL}


def test_of_two_charges_the_overpaid_one_takes_nothing_with_it() -> None:
    market = Market()
    market.place()
    charge(market)
    take_back(market)
    charge(market, payment_id="p2")
    assert of(capture(market), PaymentDifferenceChargedBack)[0].amount == eur(-TOTAL)
    events = take_back(market, "p2")
    assert of(events, PaymentDifferenceChargedBack)[0].amount == eur(TOTAL)
    assert not of(events, OrderUnpaid)
    assert market.ship()


@pytest.mark.parametrize("bearer", ["seller", "marketplace"])
def test_released_money_is_lost_by_whom_the_policy_names(bearer: Any) -> None:
    market = paid(Policy(chargebacks_borne_by=bearer))
    market.deliver()
    market.confirm()
    events = take_back(market)
    (taken,) = of(events, FundsChargedBack)
    assert (taken.amount, taken.released_minor, taken.borne_by) == (eur(0), TOTAL, bearer)
    debits = [event.amount.amount_minor for event in of(events, ChargebackDebited)]
    assert debits == ([TOTAL] if bearer == "seller" else [])
    lost = books(market).get("chargebacks", 0)
    assert lost == (0 if bearer == "seller" else -TOTAL)
    assert not of(events, OrderUnpaid)


def test_what_the_seller_had_borne_comes_back_with_the_charge() -> None:
    market = paid()
    market.deliver()
    market.confirm()
    before = books(market)
    take_back(market)
    events = capture(market)
    assert of(events, EarningsCredited)[0].amount == eur(TOTAL)
    assert books(market) == before


def test_what_the_marketplace_had_lost_is_made_good_first() -> None:
    market = paid(Policy(chargebacks_borne_by="marketplace"))
    market.release()
    take_back(market)
    events = charge(market, payment_id="p2")
    assert of(events, LossRecovered)[0].amount == eur(TOTAL)
    assert not of(events, FundsHeld)
    assert "chargebacks" not in books(market)
    assert market.state("escrow-o1/anna").lost_minor == 0


def test_money_that_is_gone_is_missed_first_where_nothing_was_shipped() -> None:
    market = Market()
    market.place(anna=1, boris=1)
    charge(market, TOTAL)
    charge(market, payment_id="p2")
    market.ship("anna")
    taken = of(take_back(market), FundsChargedBack)
    assert [(event.seller_id, event.amount.amount_minor) for event in taken] == [
        ("boris", 383),
        ("anna", TOTAL - 383),
    ]
    market.decide(cancel_unpaid(market, days=1))
    assert market.state("order-o1").parts == {"anna": "handed_over", "boris": "cancelled"}


def test_parts_that_were_not_handed_over_end_when_nobody_pays_again() -> None:
    market = paid(anna=1, boris=1)
    market.deliver("anna")
    market.confirm("anna")
    events = take_back(market)
    assert of(events, OrderUnpaid)
    refuses(market, OrderNotPaid, HandOverShipment(seller_id="boris", **HAND_OVER, **at()))
    refuses(
        market,
        OrderAlreadyShipped,
        CancelOrder(order_id="o1", reason="r", **at(BUYER)),
    )
    ended = market.decide(cancel_unpaid(market, days=1))
    assert [type(event) for event in ended] == [
        SellerPartCancelled,
        OrderCompleted,
        StockReleased,
    ]


def test_a_shipped_order_that_fell_unpaid_goes_on_when_it_is_paid_again() -> None:
    market = paid(anna=1, boris=1)
    market.ship("anna")
    take_back(market)
    assert of(charge(market, payment_id="p2"), OrderPaid)
    assert market.ship("boris")
    refuses(market, OrderAlreadyPaid, cancel_unpaid(market, days=9))


def test_an_undecided_refund_over_a_charge_taken_back_is_rejected_with_it() -> None:
    market = paid()
    market.refund(approve=False)
    events = take_back(market)
    assert [event.refund_id for event in of(events, RefundRejected)] == ["r1"]
    assert market.state("order-o1").open_refunds == {}
    assert market.state("refund-r1").status == "rejected"


def test_what_was_refunded_before_is_not_taken_twice_from_the_seller() -> None:
    market = paid()
    market.refund(amount_minor=400)
    (taken,) = of(take_back(market), FundsChargedBack)
    assert taken.amount == eur(TOTAL - 400)
    # The buyer has it twice: our loss until the refund's own leg is settled otherwise.
    assert books(market)["chargebacks"] == -400


def test_two_parts_that_a_reversal_ends_complete_the_order() -> None:
    market = paid(anna=1, boris=1)
    market.refund(amount_minor=200, approve=False)
    market.refund("r2")
    assert list(market.state("order-o1").parts.values()) == ["emptied", "emptied"]
    assert len(of(take_back(market), OrderCompleted)) == 1
