"""Facts about what a seller offers and at which price."""

from eventstore.events.base import Event
from eventstore.values import Money


def listing_stream(listing_id: str) -> str:
    return f"listing-{listing_id}"


class ListingEvent(Event, frozen=True, kw_only=True):
    listing_id: str

    @property
    def stream(self) -> str:
        return listing_stream(self.listing_id)


class ListingCreated(ListingEvent, frozen=True, kw_only=True, tag="listing.created.v1"):
    seller_id: str
    title: str
    category: str
    price: Money


class ListingRepriced(ListingEvent, frozen=True, kw_only=True, tag="listing.repriced.v1"):
    price: Money


class ListingRetired(ListingEvent, frozen=True, kw_only=True, tag="listing.retired.v1"):
    reason: str
