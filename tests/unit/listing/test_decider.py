"""Listings."""

import msgspec

from commands.command import Actor
from commands.refusals import NotYours
from commands.streams.listing.messages import RepriceListing, RetireListing
from commands.streams.listing.refusals import ListingIsRetired
from tests.given import at
from tests.unit.market import SELLER, Market, eur, refuses


def test_listing_rules() -> None:
    market = Market()
    reprice = RepriceListing(listing_id="anna-item", price=eur(1), **at(SELLER))
    refuses(market, NotYours, msgspec.structs.replace(reprice, by=Actor("seller", "x")))
    assert market.decide(reprice)
    assert market.decide(reprice) == []
    market.decide(RetireListing(listing_id="anna-item", reason="r", **at(SELLER)))
    refuses(market, ListingIsRetired, reprice)
