"""The search index of listings: pure folds of listing and stock events."""

from eventstore.codec import Recorded
from eventstore.events.listing import ListingCreated, ListingRepriced, ListingRetired
from eventstore.events.stock import StockReceived, StockReleased, StockReserved
from projections.keys import by_field
from projections.models.listing_search.index import INDEX
from projections.stores.meilisearch.index import Document, SearchIndex


def on_created(
    before: Document | None, event: ListingCreated, recorded: Recorded
) -> Document | None:
    if before is not None:
        return None
    return {
        "listing_id": event.listing_id,
        "seller_id": event.seller_id,
        "title": event.title,
        "category": event.category,
        "price_minor": event.price.amount_minor,
        "currency": event.price.currency,
        "status": "active",
        "available": 0,
        "in_stock": False,
        "created_position": recorded.position,
    }


def on_repriced(before: Document | None, event: ListingRepriced, _: Recorded) -> Document | None:
    return before and before | {"price_minor": event.price.amount_minor}


def on_retired(before: Document | None, _event: ListingRetired, _: Recorded) -> Document | None:
    return before and before | {"status": "retired"}


def on_more(
    before: Document | None, event: StockReceived | StockReleased, _: Recorded
) -> Document | None:
    return before and _stocked(before, event.quantity)


def on_reserved(before: Document | None, event: StockReserved, _: Recorded) -> Document | None:
    return before and _stocked(before, -event.quantity)


def _stocked(document: Document, more: int) -> Document:
    available: int = document["available"] + more
    return document | {"available": available, "in_stock": available > 0}


PROJECTOR = SearchIndex(
    name="listing_search",
    version=2,
    index=INDEX,
    id_field="listing_id",
    settings={
        "searchableAttributes": ["title", "category"],
        "filterableAttributes": [
            "listing_id",
            "category",
            "seller_id",
            "price_minor",
            "currency",
            "status",
            "in_stock",
        ],
        "sortableAttributes": ["price_minor", "title", "created_position"],
    },
    key=by_field("listing_id", "listing", "stock"),
    handlers={
        ListingCreated: on_created,
        ListingRepriced: on_repriced,
        ListingRetired: on_retired,
        StockReceived: on_more,
        StockReleased: on_more,
        StockReserved: on_reserved,
    },
)
