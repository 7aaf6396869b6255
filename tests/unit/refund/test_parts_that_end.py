"""Which parts a refund ends: those with nothing left, and those of which nothing is to be sent."""

from collections.abc import Callable
from typing import Any

import pytest

from commands.streams.refund.messages import RefundLineRequest, RejectRefund
from eventstore.events.base import Event
from eventstore.events.order import OrderCompleted, SellerPartCompleted, SellerPartEmptied
from eventstore.events.stock import StockReleased
from tests.given import at
from tests.unit.market import Market
from tests.unit.order_steps import paid

ENDED = SellerPartCompleted(order_id="o1", seller_id="anna")
EMPTIED = SellerPartEmptied(order_id="o1", seller_id="anna")
COMPLETED = OrderCompleted(order_id="o1")
FREED = StockReleased(listing_id="anna-item", order_id="o1", quantity=1)
UNIT = {"lines": (RefundLineRequest(line_id=1, quantity=1),)}


def of_part(events: list[Event]) -> list[Event]:
    kinds = SellerPartCompleted | SellerPartEmptied | OrderCompleted | StockReleased
    return [event for event in events if isinstance(event, kinds)]


def released(amount: int) -> Callable[[Market], object]:
    return lambda market: market.release(amount)


def undecided(market: Market) -> None:
    market.refund("asked", amount_minor=21, approve=False)


def rest_of_a_rejected_one(market: Market) -> None:
    """The units are gone, 21 of their price are held."""
    undecided(market)
    market.refund("units", **UNIT)
    market.decide(RejectRefund(refund_id="asked", reason="n", **at()))


@pytest.mark.parametrize(
    ("steps", "asked", "ended"),
    [
        # All of it.
        ([], {}, [ENDED, COMPLETED, FREED]),
        ([Market.ship], {}, [ENDED, COMPLETED]),
        ([Market.deliver], {}, [ENDED, COMPLETED]),
        ([Market.deliver, Market.confirm], {}, []),
        # Some money: what is there goes on, also when nothing more is held for it.
        ([], {"amount_minor": 400}, []),
        ([released(655)], {"amount_minor": 400}, []),
        ([released(655), Market.ship], {"amount_minor": 400}, []),
        # All goods: with money held that a refund still asks for, the part is only empty.
        ([undecided], UNIT, [EMPTIED, FREED]),
        ([undecided, Market.ship], UNIT, []),
        ([released(21), undecided], UNIT, [ENDED, COMPLETED, FREED]),
        ([released(21), undecided, Market.ship], UNIT, []),
        ([rest_of_a_rejected_one], {}, [ENDED, COMPLETED]),
    ],
)
def test_a_part_ends_with_the_refund(
    steps: list[Callable[[Market], object]], asked: dict[str, Any], ended: list[Event]
) -> None:
    market = paid()
    for step in steps:
        step(market)
    assert of_part(market.refund("all", **asked)) == ended


def test_a_part_that_is_done_is_not_ended_once_more() -> None:
    market = paid(anna=1, boris=1)
    market.deliver()
    market.confirm()
    assert of_part(market.refund(seller_id="anna")) == []
