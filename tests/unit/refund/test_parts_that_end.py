"""Which parts a refund ends: those with nothing left, and those of which nothing is to be sent."""

from collections.abc import Callable
from typing import Any

import pytest

from commands.streams.refund.messages import RejectRefund
from eventstore.events.base import Event
from eventstore.events.order import SellerPartEmptied
from eventstore.events.stock import StockReleased
from tests.given import at
from tests.unit.facts import DONE, part_done
from tests.unit.market import Market
from tests.unit.order_steps import paid
from tests.unit.refund.facts import ALL_OF_ANNA, UNIT, ask, debited, granted, returned, taken

ENDED = part_done()
EMPTIED = SellerPartEmptied(order_id="o1", seller_id="anna")
FREED = StockReleased(listing_id="anna-item", order_id="o1", quantity=1)

ALL = granted(1055, ALL_OF_ANNA)
HELD = [*ALL, returned(1055)]
RELEASED = [*ALL, *debited(1055, balance=954, debt=0, commission=101)]
MONEY = [*granted(400, taken(0, 381, 19, 38)), returned(400)]
GOODS = [*granted(1034, taken(1, 985, 49, 99)), returned(1034)]
REST = [*granted(21, taken(0, 20, 1, 2)), returned(21)]


def released(amount: int) -> Callable[[Market], object]:
    return lambda market: market.release(amount)


def undecided(market: Market) -> None:
    market.refund("asked", amount_minor=21, approve=False)


def rest_of_a_rejected_one(market: Market) -> None:
    """The units are gone, 21 of their price are held."""
    undecided(market)
    market.refund("units", lines=UNIT)
    market.decide(RejectRefund(refund_id="asked", reason="n", **at()))


@pytest.mark.parametrize(
    ("steps", "asked", "moved", "ended"),
    [
        # All of it.
        ([], {}, HELD, [ENDED, DONE, FREED]),
        ([Market.ship], {}, HELD, [ENDED, DONE]),
        ([Market.deliver], {}, HELD, [ENDED, DONE]),
        ([Market.deliver, Market.confirm], {}, RELEASED, []),
        # Some money: what is there goes on, also when nothing more is held for it.
        ([], {"amount_minor": 400}, MONEY, []),
        ([released(655)], {"amount_minor": 400}, MONEY, []),
        ([released(655), Market.ship], {"amount_minor": 400}, MONEY, []),
        # All goods: with money held that a refund still asks for, the part is only empty.
        ([undecided], {"lines": UNIT}, GOODS, [EMPTIED, FREED]),
        ([undecided, Market.ship], {"lines": UNIT}, GOODS, []),
        ([released(21), undecided], {"lines": UNIT}, GOODS, [ENDED, DONE, FREED]),
        ([released(21), undecided, Market.ship], {"lines": UNIT}, GOODS, []),
        ([rest_of_a_rejected_one], {}, REST, [ENDED, DONE]),
    ],
)
def test_a_part_ends_with_the_refund(
    steps: list[Callable[[Market], object]],
    asked: dict[str, Any],
    moved: list[Event],
    ended: list[Event],
) -> None:
    market = paid()
    for step in steps:
        step(market)
    market.when(ask(**asked)).then(*moved, *ended)


def test_a_part_that_is_done_is_not_ended_once_more() -> None:
    market = paid(anna=1, boris=1)
    market.deliver()
    market.confirm()
    market.when(ask(seller_id="anna")).then(*RELEASED)
