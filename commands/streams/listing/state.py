"""What a listing remembers, and what others ask of it."""

import msgspec

from commands.command import Actor
from commands.refusals import NotYours
from commands.stream import Fold
from commands.streams.listing.refusals import ListingIsRetired, ListingUnknown
from eventstore.events.base import Event
from eventstore.events.listing import (
    ListingCreated,
    ListingRepriced,
    ListingRetired,
    listing_stream,
)
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


def owned(listing: Offered, by: Actor) -> None:
    if not by.may_act_for_seller(listing.seller_id):
        raise NotYours("The listing belongs to another seller.", field="listing_id")


LISTING: Fold[Listing] = Fold("listing", listing_stream, INITIAL, evolve)
