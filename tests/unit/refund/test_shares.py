"""How much a refund takes back of each line, and of what was paid too much or too little."""

import pytest

from commands.command import Policy
from commands.streams.order.messages import CancelOrder
from commands.streams.refund.messages import RefundLineRequest, RejectRefund
from eventstore.events.order import RefundLine
from eventstore.events.refund import RefundRequested
from tests.given import at
from tests.unit.market import BUYER, SYSTEM, Market, of
from tests.unit.order_steps import TOTAL, capture, charge, paid, started

UNIT = (RefundLineRequest(line_id=1, quantity=1),)
ALL_OF_BORIS = RefundLine(
    line_id=2,
    seller_id="boris",
    quantity=1,
    price_minor=333,
    shipping_minor=50,
    commission_minor=33,
    commission_vat_minor=7,
)


def asked(market: Market, refund_id: str = "r1", **asked_for: object) -> RefundRequested:
    (requested,) = of(market.refund(refund_id, **asked_for), RefundRequested)
    return requested


def with_vat(**quantities: int) -> Market:
    return paid(Policy(commission_vat_rate_bps=2000), **quantities)


def test_all_that_is_left_of_a_part_by_amount_is_its_goods_too() -> None:
    requested = asked(with_vat(anna=1, boris=1), amount_minor=383, seller_id="boris")
    assert requested.lines == (ALL_OF_BORIS,)


def test_money_without_goods_is_spread_over_price_and_shipping() -> None:
    requested = asked(with_vat(anna=1, boris=1), amount_minor=719)
    assert requested.lines == (
        RefundLine(
            line_id=1,
            seller_id="anna",
            quantity=0,
            price_minor=503,
            shipping_minor=25,
            commission_minor=51,
            commission_vat_minor=10,
        ),
        RefundLine(
            line_id=2,
            seller_id="boris",
            quantity=0,
            price_minor=166,
            shipping_minor=25,
            commission_minor=16,
            commission_vat_minor=3,
        ),
    )


def test_units_take_their_price_and_a_share_of_the_rest() -> None:
    market = with_vat(anna=3)
    requested = asked(market, lines=UNIT)
    assert requested.lines == (
        RefundLine(
            line_id=1,
            seller_id="anna",
            quantity=1,
            price_minor=1005,
            shipping_minor=17,
            commission_minor=101,
            commission_vat_minor=20,
        ),
    )


def test_units_bring_no_more_than_money_refunds_have_left_of_their_price() -> None:
    market = paid(anna=2)
    asked(market, amount_minor=1500)
    assert [line.price_minor for line in asked(market, "r2", lines=UNIT).lines] == [546]


def test_what_is_left_of_a_line_whose_units_are_gone_is_refunded_with_everything() -> None:
    market = paid(anna=1, boris=1)
    market.refund(amount_minor=21, seller_id="anna", approve=False)
    market.refund("r2", lines=UNIT)
    market.decide(RejectRefund(refund_id="r1", reason="n", **at()))
    requested = asked(market, "r3", seller_id="anna")
    assert [
        (line.quantity, line.price_minor + line.shipping_minor) for line in requested.lines
    ] == [(0, 21)]


def test_of_an_order_that_one_cent_is_missing_of_all_but_the_cent_goes_back() -> None:
    market = Market(Policy(payment_tolerance_minor=0))
    market.place()
    charge(market, TOTAL - 1)
    market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    assert asked(market).amount.amount_minor == TOTAL - 1


@pytest.mark.parametrize(
    ("charged", "quantities", "difference"),
    [
        (TOTAL - 3, {"anna": 1}, -3),
        (TOTAL + 300, {"anna": 1}, 0),
        (TOTAL + 383 - 3, {"anna": 1, "boris": 1}, 0),
        (TOTAL + 383 + 300, {"anna": 1, "boris": 1}, 0),
    ],
)
def test_by_lines_only_a_missing_cent_goes_with_the_last_of_them(
    charged: int, quantities: dict[str, int], difference: int
) -> None:
    market = Market()
    market.place(**quantities)
    charge(market, charged)
    requested = asked(market, lines=UNIT)
    assert (requested.difference_minor, requested.amount.amount_minor) == (
        difference,
        TOTAL + difference,
    )


@pytest.mark.parametrize("difference", [1, 300])
@pytest.mark.parametrize("named", [True, False])
def test_all_that_was_overpaid_goes_back(difference: int, named: bool) -> None:
    market = Market()
    market.place()
    charge(market, TOTAL + difference)
    requested = asked(market, overpaid=True, amount_minor=difference if named else None)
    assert (requested.difference_minor, requested.amount.amount_minor, requested.lines) == (
        difference,
        difference,
        (),
    )


@pytest.mark.parametrize(
    ("by_hand", "more", "asked_for", "returned"),
    [
        (370, 0, None, 300),
        (370, 0, 200, 200),
        (370, 0, 350, 300),
        (0, 60, 100, 60),
        (0, 60, None, 60),
        (0, 60, 59, 59),
    ],
)
def test_a_process_returns_what_it_asks_for_as_far_as_it_is_there(
    by_hand: int, more: int, asked_for: int | None, returned: int
) -> None:
    """Of the difference, and of its own charge of 300."""
    market = Market()
    market.place()
    started(market, 300, "own")
    if by_hand:
        market.pay(TOTAL - 300 + by_hand, "hand")
        capture(market, "own")
    else:
        capture(market, "own")
        market.pay(TOTAL - 300 + more, "hand")
    requested = asked(market, overpaid=True, payment_id="own", amount_minor=asked_for, by=SYSTEM)
    assert [(leg.payment_id, leg.amount_minor) for leg in requested.legs] == [("own", returned)]
