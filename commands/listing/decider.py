"""Listings: what a seller offers, at a price in the seller's currency."""

import msgspec

from commands.amounts import same_currency, within_limits
from commands.command import Actor
from commands.listing.messages import CreateListing, RepriceListing, RetireListing
from commands.refusals import (
    ListingExists,
    ListingIsRetired,
    ListingUnknown,
    NotYours,
)
from commands.seller.decider import Seller, selling
from eventstore.events.base import Event
from eventstore.events.listing import ListingCreated, ListingRepriced, ListingRetired
from eventstore.values import Money


class Absent(msgspec.Struct, frozen=True, gc=False):
    pass


class Offered(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    seller_id: str
    title: str
    category: str
    price: Money
    retired: bool = False


type Listing = Absent | Offered

INITIAL = Absent()


def evolve(listing: Listing, event: Event) -> Listing:
    match listing, event:
        case Absent(), ListingCreated():
            return Offered(
                seller_id=event.seller_id,
                title=event.title,
                category=event.category,
                price=event.price,
            )
        case Offered(), ListingRepriced(price=price):
            return msgspec.structs.replace(listing, price=price)
        case Offered(), ListingRetired():
            return msgspec.structs.replace(listing, retired=True)
        case _:
            raise AssertionError(f"the log is broken: {event} after {listing}")


def offered(listing: Listing, field: str = "listing_id") -> Offered:
    if isinstance(listing, Absent):
        raise ListingUnknown(field=field)
    if listing.retired:
        raise ListingIsRetired(field=field)
    return listing


def priced(price: Money, currency: str) -> None:
    same_currency(price.currency, currency, "price.currency")
    within_limits(price.amount_minor, "price.amount_minor")


def owned(listing: Offered, by: Actor) -> None:
    if not by.may_act_for_seller(listing.seller_id):
        raise NotYours("The listing belongs to another seller.", field="listing_id")


def create(command: CreateListing, listing: Listing, seller: Seller) -> list[Event]:
    if not command.by.may_act_for_seller(command.seller_id):
        raise NotYours(field="seller_id")
    if isinstance(listing, Offered):
        raise ListingExists(field="listing_id")
    priced(command.price, selling(seller).currency)
    return [
        ListingCreated(
            listing_id=command.listing_id,
            seller_id=command.seller_id,
            title=command.title,
            category=command.category,
            price=command.price,
        )
    ]


def reprice(command: RepriceListing, listing: Listing) -> list[Event]:
    current = offered(listing)
    owned(current, command.by)
    priced(command.price, current.price.currency)
    if command.price == current.price:
        return []
    return [ListingRepriced(listing_id=command.listing_id, price=command.price)]


def retire(command: RetireListing, listing: Listing) -> list[Event]:
    owned(offered(listing), command.by)
    return [ListingRetired(listing_id=command.listing_id, reason=command.reason)]
