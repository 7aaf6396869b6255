"""Which part arriving money is for, what is a difference, and when an order is paid."""

import pytest

from commands.command import Policy
from commands.streams.order.state import Charge
from eventstore.events.base import Event
from eventstore.events.order import PaymentDifferenceBooked
from tests.unit.facts import (
    DONE,
    PAID,
    by_hand,
    captured,
    confirmed,
    held,
    ids,
    part_done,
    released,
)
from tests.unit.market import Market, eur
from tests.unit.order_steps import TOTAL, books, charge, take_back


def differs(by: int, payment_id: str = "p1") -> Event:
    return PaymentDifferenceBooked(amount=eur(by), **ids(payment_id))


def test_several_payments_fill_the_parts_in_their_order() -> None:
    market = Market()
    market.place(anna=1, boris=1)
    assert market.pay(1100, "p1") == [*by_hand(1100), held(TOTAL), held(45, "boris")]
    assert market.pay(None, "p2") == [*by_hand(338, "p2"), held(338, "boris", "p2"), PAID]


@pytest.mark.parametrize(
    ("amount", "events"),
    [
        (TOTAL - 6, [held(TOTAL - 6)]),
        (TOTAL - 5, [held(TOTAL), differs(-5), PAID]),
        (TOTAL, [held(TOTAL), PAID]),
        (TOTAL + 111, [held(TOTAL), differs(111), PAID]),
    ],
)
def test_a_payment_that_differs(amount: int, events: list[Event]) -> None:
    market = Market()
    market.place()
    assert market.pay(amount) == [*by_hand(amount), *events]


def test_a_cent_does_not_make_a_reversed_order_paid() -> None:
    market = Market()
    market.place()
    charge(market, 1000)
    take_back(market)
    assert charge(market, 55, "p2") == [*captured(55, "p2"), held(55, payment_id="p2")]
    counts = {"provider": "sandbox", "reference": "ch"}
    assert market.state("order-o1").charges == (
        Charge(payment_id="p1", captured_minor=0, reversed_minor=1000, **counts),
        Charge(payment_id="p2", captured_minor=55, **counts),
    )


def test_the_commission_of_what_is_left_is_in_proportion() -> None:
    market = Market()
    market.place()
    charge(market, 1000)
    charge(market, payment_id="p2")
    market.deliver()
    take_back(market)
    # 101 of 1055 is 5 of the 55 that are left.
    assert market.confirm() == [confirmed(), *released(55, 5), part_done(), DONE]
    assert books(market) == {
        "psp_clearing": -55,
        "commission_income": 5,
        "seller_payable:anna": 50,
    }


@pytest.mark.parametrize(
    ("total", "tolerance"), [(5, 0), (99, 0), (100, 1), (499, 4), (500, 5), (10_000, 5)]
)
def test_the_tolerance_is_in_proportion_and_bounded(total: int, tolerance: int) -> None:
    assert Policy().tolerance_minor(total) == tolerance


def test_one_cent_never_pays_a_small_order() -> None:
    market = Market()
    market.place(boris=1)
    assert charge(market, 383 - 4) == [*captured(379), held(379, "boris")]
    assert charge(market, 1, "p2") == [
        *captured(1, "p2"),
        held(4, "boris", "p2"),
        differs(-3, "p2"),  # 3 short of 383.
        PAID,
    ]


def test_what_is_due_again_leaves_out_an_overpayment_that_went_back() -> None:
    market = Market()
    market.place()
    charge(market, TOTAL + 2000)
    market.refund(overpaid=True)
    take_back(market)
    assert charge(market, payment_id="p2") == [
        *captured(TOTAL, "p2"),
        held(TOTAL, payment_id="p2"),
        PAID,
    ]
