"""Listings."""

import msgspec
import pytest

from commands.command import Actor
from commands.refusals import AmountNotPositive, AmountTooLarge, ForeignCurrency, NotYours
from commands.streams.listing.messages import CreateListing, RepriceListing, RetireListing
from commands.streams.listing.refusals import ListingExists, ListingIsRetired, ListingUnknown
from commands.streams.seller.refusals import SellerIsSuspended, SellerUnknown
from eventstore.events.listing import ListingRepriced
from eventstore.values import AMOUNT_MINOR_MAX, Money
from tests.given import World, at, given
from tests.unit.facts import ANNA, POT, RETIRED, SUSPENDED
from tests.unit.ladder import Rung, ladder, named, rung
from tests.unit.market import SELLER, Market, eur, refuses


def test_listing_rules() -> None:
    market = Market()
    reprice = RepriceListing(listing_id="anna-item", price=eur(1), **at(SELLER))
    refuses(market, NotYours, msgspec.structs.replace(reprice, by=Actor("seller", "x")))
    assert market.decide(reprice)
    assert market.decide(reprice) == []
    market.decide(RetireListing(listing_id="anna-item", reason="r", **at(SELLER)))
    refuses(market, ListingIsRetired, reprice)


CREATE = CreateListing(
    listing_id="pot",
    seller_id="anna",
    title="Blue teapot",
    category="kitchen",
    price=eur(1005),
    **at(SELLER),
)
REPRICE = RepriceListing(listing_id="pot", price=eur(900), **at(SELLER))
RETIRE = RetireListing(listing_id="pot", reason="sold out", **at(SELLER))
ANOTHERS = "The listing belongs to another seller."
IN_EUR = "The amount must be in EUR."


def offered() -> World:
    return given(ANNA, POT)


def retired() -> World:
    return given(ANNA, POT, RETIRED)


def test_a_listing_is_created_repriced_and_retired() -> None:
    given(ANNA).when(CREATE).then(POT)
    offered().when(REPRICE).then(ListingRepriced(listing_id="pot", price=eur(900)))
    offered().when(msgspec.structs.replace(REPRICE, price=eur(1005))).then()
    offered().when(RETIRE).then(RETIRED)


def suspended() -> World:
    return given(ANNA, POT, SUSPENDED)


@pytest.mark.parametrize(
    "why",
    [
        *ladder(
            suspended,
            msgspec.structs.replace(CREATE, price=Money(0, "USD"), by=Actor("seller", "boris")),
            rung(NotYours, "seller_id"),
            rung(ListingExists, "listing_id", **at(SELLER)),
            rung(SellerIsSuspended, "seller_id", listing_id="cup"),
            rung(SellerUnknown, "seller_id", world=given),
            rung(ForeignCurrency, "price.currency", IN_EUR, world=lambda: given(ANNA)),
            rung(AmountNotPositive, "price.amount_minor", price=eur(0)),
            rung(AmountTooLarge, "price.amount_minor", price=eur(AMOUNT_MINOR_MAX + 1)),
        ),
        *ladder(
            retired,
            RepriceListing(
                listing_id="cup", price=Money(-1, "USD"), **at(Actor("seller", "boris"))
            ),
            rung(ListingUnknown, "listing_id"),
            rung(ListingIsRetired, "listing_id", listing_id="pot"),
            rung(NotYours, "listing_id", ANOTHERS, world=offered),
            rung(ForeignCurrency, "price.currency", IN_EUR, **at(SELLER)),
            rung(AmountNotPositive, "price.amount_minor", price=eur(-1)),
            rung(AmountTooLarge, "price.amount_minor", price=eur(AMOUNT_MINOR_MAX + 1)),
        ),
        *ladder(
            retired,
            RetireListing(listing_id="cup", reason="r", **at(Actor("seller", "boris"))),
            rung(ListingUnknown, "listing_id"),
            rung(ListingIsRetired, "listing_id", listing_id="pot"),
            rung(NotYours, "listing_id", ANOTHERS, world=offered),
        ),
    ],
    ids=named,
)
def test_refusals_in_their_order(why: Rung) -> None:
    why.holds()


def test_the_largest_price_is_one() -> None:
    largest = msgspec.structs.replace(REPRICE, price=eur(AMOUNT_MINOR_MAX))
    offered().when(largest).then(ListingRepriced(listing_id="pot", price=eur(AMOUNT_MINOR_MAX)))
