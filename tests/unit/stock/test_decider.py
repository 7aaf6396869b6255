"""Stock of one listing: never below zero, never promised twice."""

import msgspec
import pytest

from commands.command import Actor
from commands.refusals import AmountTooLarge, NotYours
from commands.streams.listing.refusals import ListingIsRetired, ListingUnknown
from commands.streams.stock.decider import commit, let_go, reserve
from commands.streams.stock.messages import ReceiveStock
from commands.streams.stock.refusals import OutOfStock
from commands.streams.stock.state import Stock, evolve
from eventstore.events.base import Event
from eventstore.events.stock import StockCommitted, StockReceived, StockReleased, StockReserved
from tests.given import World, at, given
from tests.unit.facts import POT, RETIRED
from tests.unit.ladder import Rung, ladder, named, rung
from tests.unit.market import SELLER

QUANTITY_MAX = 1_000_000_000
TEN = StockReceived(listing_id="pot", quantity=10)
OF_ORDER = {"listing_id": "pot", "order_id": "o1"}
RECEIVE = ReceiveStock(listing_id="pot", quantity=1, **at(SELLER))


def stocked() -> World:
    return given(POT, TEN)


def retired() -> World:
    return given(POT, TEN, RETIRED)


@pytest.mark.parametrize("quantity", [1, QUANTITY_MAX - 10])
def test_stock_is_received_as_far_as_a_listing_may_hold_it(quantity: int) -> None:
    receive = msgspec.structs.replace(RECEIVE, quantity=quantity)
    stocked().when(receive).then(StockReceived(listing_id="pot", quantity=quantity))


@pytest.mark.parametrize(
    "why",
    ladder(
        retired,
        ReceiveStock(listing_id="cup", quantity=QUANTITY_MAX, **at(Actor("seller", "boris"))),
        rung(ListingUnknown, "listing_id"),
        rung(ListingIsRetired, "listing_id", listing_id="pot"),
        rung(NotYours, "listing_id", "The listing belongs to another seller.", world=stocked),
        rung(
            AmountTooLarge,
            "quantity",
            "More units than a listing may hold.",
            quantity=QUANTITY_MAX - 9,
            **at(SELLER),
        ),
    ),
    ids=named,
)
def test_refusals_in_their_order(why: Rung) -> None:
    why.holds()


def test_units_are_reserved_let_go_and_committed_to_the_last_one() -> None:
    stock = Stock(available=5, reserved=2)
    reserved = StockReserved(quantity=5, **OF_ORDER)
    assert reserve("pot", "o1", 5, stock, "lines[0].quantity") == reserved
    assert let_go("pot", "o1", 2, stock) == StockReleased(quantity=2, **OF_ORDER)
    assert commit("pot", "o1", 2, stock) == StockCommitted(quantity=2, **OF_ORDER)


def test_no_more_is_reserved_than_is_left() -> None:
    with pytest.raises(OutOfStock, match=r"^5 left, 6 asked for\.$") as refused:
        reserve("pot", "o1", 6, Stock(available=5, reserved=2), "lines[3].quantity")
    assert refused.value.field == "lines[3].quantity"


@pytest.mark.parametrize(
    ("event", "after"),
    [
        (StockReceived(listing_id="pot", quantity=3), Stock(available=8, reserved=2)),
        (StockReserved(quantity=5, **OF_ORDER), Stock(available=0, reserved=7)),
        (StockReleased(quantity=2, **OF_ORDER), Stock(available=7, reserved=0)),
        (StockCommitted(quantity=2, **OF_ORDER), Stock(available=5, reserved=0)),
    ],
)
def test_two_counters_are_remembered(event: Event, after: Stock) -> None:
    assert evolve(Stock(available=5, reserved=2), event) == after
