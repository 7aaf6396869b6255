"""How much a refund takes back of each line, and of what was paid too much or too little."""

import pytest

from commands.command import Policy
from commands.streams.order.messages import CancelOrder
from commands.streams.refund.messages import RejectRefund
from eventstore.events.base import Event
from eventstore.events.stock import StockReleased
from tests.given import at
from tests.unit.facts import DONE, part_done
from tests.unit.market import BUYER, SYSTEM, Market
from tests.unit.order_steps import TOTAL, capture, charge, paid, started
from tests.unit.refund.facts import (
    ALL_OF_ANNA,
    UNIT,
    ask,
    difference_back,
    granted,
    leg,
    of_boris,
    requested,
    returned,
    taken,
)

FREED = StockReleased(listing_id="anna-item", order_id="o1", quantity=1)


def with_vat(**quantities: int) -> Market:
    return paid(Policy(commission_vat_rate_bps=2000), **quantities)


def test_all_that_is_left_of_a_part_by_amount_is_its_goods_too() -> None:
    by_amount = ask(amount_minor=383, seller_id="boris", approve=False)
    with_vat(anna=1, boris=1).when(by_amount).then(
        *requested(383, of_boris(1, 333, 50, 33, 7), legs=(leg(383),))
    )


def test_money_without_goods_is_spread_over_price_and_shipping() -> None:
    half = ask(amount_minor=719, approve=False)
    with_vat(anna=1, boris=1).when(half).then(
        *requested(719, taken(0, 503, 25, 51, 10), of_boris(0, 166, 25, 16, 3), legs=(leg(719),))
    )


def test_units_take_their_price_and_a_share_of_the_rest() -> None:
    with_vat(anna=3).when(ask(lines=UNIT, approve=False)).then(
        *requested(1022, taken(1, 1005, 17, 101, 20), legs=(leg(1022),))
    )


def test_units_bring_no_more_than_money_refunds_have_left_of_their_price() -> None:
    market = paid(anna=2)
    market.refund(amount_minor=1500)
    market.when(ask("r2", lines=UNIT)).then(
        *granted(553, taken(1, 546, 7, 55), refund_id="r2"),
        returned(553, refund_id="r2"),
    )


def test_what_is_left_of_a_line_whose_units_are_gone_is_refunded_with_everything() -> None:
    market = paid(anna=1, boris=1)
    market.refund(amount_minor=21, seller_id="anna", approve=False)
    market.refund("r2", lines=UNIT)
    market.decide(RejectRefund(refund_id="r1", reason="n", **at()))
    market.when(ask("r3", seller_id="anna")).then(
        *granted(21, taken(0, 20, 1, 2), refund_id="r3"),
        returned(21, refund_id="r3"),
        part_done(),
    )


def test_of_an_order_that_one_cent_is_missing_of_all_but_the_cent_goes_back() -> None:
    market = Market(Policy(payment_tolerance_minor=0))
    market.place()
    charge(market, TOTAL - 1)
    market.decide(CancelOrder(order_id="o1", reason="r", **at(BUYER)))
    market.when(ask()).then(
        *granted(TOTAL - 1, taken(0, 1004, 50, 101)),
        returned(TOTAL - 1),
    )


@pytest.mark.parametrize(
    ("charged", "quantities", "difference", "then"),
    [
        (TOTAL - 3, {"anna": 1}, -3, [DONE, FREED, difference_back(-3)]),
        (TOTAL + 300, {"anna": 1}, 0, [DONE, FREED]),
        (TOTAL + 383 - 3, {"anna": 1, "boris": 1}, 0, [FREED]),
        (TOTAL + 383 + 300, {"anna": 1, "boris": 1}, 0, [FREED]),
    ],
)
def test_by_lines_only_a_missing_cent_goes_with_the_last_of_them(
    charged: int, quantities: dict[str, int], difference: int, then: list[Event]
) -> None:
    market = Market()
    market.place(**quantities)
    charge(market, charged)
    market.when(ask(lines=UNIT)).then(
        *granted(TOTAL + difference, ALL_OF_ANNA, difference=difference),
        returned(TOTAL),
        part_done(),
        *then,
    )


@pytest.mark.parametrize("difference", [1, 300])
@pytest.mark.parametrize("named", [True, False])
def test_all_that_was_overpaid_goes_back(difference: int, named: bool) -> None:
    market = Market()
    market.place()
    charge(market, TOTAL + difference)
    asked = ask(overpaid=True, amount_minor=difference if named else None)
    market.when(asked).then(
        *granted(difference, difference=difference),
        difference_back(difference),
    )


@pytest.mark.parametrize(
    ("by_hand", "more", "asked_for", "back"),
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
    by_hand: int, more: int, asked_for: int | None, back: int
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
    asked = ask(overpaid=True, payment_id="own", amount_minor=asked_for, by=SYSTEM)
    market.when(asked).then(
        *granted(back, legs=(leg(back, "own"),), difference=back),
        difference_back(back),
    )
