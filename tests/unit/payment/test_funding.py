"""Which part arriving money is for, what is a difference, and when an order is paid."""

import pytest

from commands.command import Policy
from eventstore.events.escrow import FundsHeld
from eventstore.events.order import (
    OrderPaid,
    PaymentDifferenceBooked,
)
from tests.unit.market import Market, eur, of
from tests.unit.order_steps import TOTAL, books, charge, take_back


def test_several_payments_fill_the_parts_in_their_order() -> None:
    market = Market()
    market.place(anna=1, boris=1)
    first = market.pay(1100, "p1")
    assert [held.amount for held in of(first, FundsHeld)] == [eur(1055), eur(45)]
    assert not of(first, OrderPaid)
    second = market.pay(None, "p2")
    assert [held.amount for held in of(second, FundsHeld)] == [eur(338)]
    assert of(second, OrderPaid)


@pytest.mark.parametrize(("difference", "paid"), [(-5, True), (-6, False), (0, True), (111, True)])
def test_a_payment_that_differs(difference: int, paid: bool) -> None:
    market = Market()
    market.place()
    events = market.pay(1055 + difference)
    assert bool(of(events, OrderPaid)) == paid
    booked = [event.amount.amount_minor for event in of(events, PaymentDifferenceBooked)]
    assert booked == ([difference] if paid and difference else [])
    held = sum(event.amount.amount_minor for event in of(events, FundsHeld))
    assert held == (1055 if paid else 1055 + difference)


def test_a_cent_does_not_make_a_reversed_order_paid() -> None:
    market = Market()
    market.place()
    charge(market, 1000)
    take_back(market)
    assert not of(charge(market, 55, "p2"), OrderPaid)
    assert market.state("order-o1").captured_minor == 55


def test_the_commission_of_what_is_left_is_in_proportion() -> None:
    market = Market()
    market.place()
    charge(market, 1000)
    charge(market, payment_id="p2")
    market.deliver()
    take_back(market)
    market.confirm()
    earned = books(market)
    assert earned["commission_income"] == 5  # 101 of 1055, of the 55 that are left.
    assert earned["seller_payable:anna"] == 50


@pytest.mark.parametrize(
    ("total", "tolerance"), [(5, 0), (99, 0), (100, 1), (499, 4), (500, 5), (10_000, 5)]
)
def test_the_tolerance_is_in_proportion_and_bounded(total: int, tolerance: int) -> None:
    assert Policy().tolerance_minor(total) == tolerance


def test_one_cent_never_pays_a_small_order() -> None:
    market = Market()
    market.place(boris=1)
    events = charge(market, 383 - 4)
    assert not of(events, OrderPaid)
    assert of(charge(market, 1, "p2"), OrderPaid)  # 3 short of 383.
    assert of(market.history, PaymentDifferenceBooked)[0].amount == eur(-3)


def test_what_is_due_again_leaves_out_an_overpayment_that_went_back() -> None:
    market = Market()
    market.place()
    charge(market, TOTAL + 2000)
    market.refund(overpaid=True)
    take_back(market)
    events = charge(market, payment_id="p2")
    assert of(events, FundsHeld)[0].amount == eur(TOTAL)
    assert of(events, OrderPaid)
    assert not of(events, PaymentDifferenceBooked)
