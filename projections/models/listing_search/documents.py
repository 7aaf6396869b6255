"""Search documents of listings: pure folds of listing and stock events."""

import re
from collections.abc import Sequence
from typing import Any

from eventstore.codec import Recorded
from eventstore.events.listing import ListingCreated, ListingRepriced, ListingRetired
from eventstore.events.stock import StockReceived, StockReleased, StockReserved
from eventstore.unreadable import is_readable

type Document = dict[str, Any]

SETTINGS: dict[str, Any] = {
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
}


PLAIN = re.compile(r"[A-Za-z0-9_-]+")
HEX = "hex--"
STOCK = (StockReceived, StockReserved, StockReleased)
CONCERNED = (ListingCreated, ListingRepriced, ListingRetired, *STOCK)


def refuse_unreadable(batch: Sequence[Recorded]) -> None:
    """Raises `EventUnreadable` at one that may concern listings."""
    for recorded in batch:
        is_readable(recorded, CONCERNED)


def listing_ids(batch: Sequence[Recorded]) -> list[str]:
    """The listings that a batch changes, each once."""
    return list(
        dict.fromkeys(
            recorded.event.listing_id for recorded in batch if isinstance(recorded.event, CONCERNED)
        )
    )


def change(documents: dict[str, Document], recorded: Recorded) -> str | None:
    """Apply an event; the id of the changed document. What it has seen it does not see again."""
    event = recorded.event
    match event:
        case ListingCreated():
            if event.listing_id in documents:
                return None
            documents[event.listing_id] = _created(event, recorded.position)
            return event.listing_id
        case ListingRepriced() | ListingRetired() | StockReceived() | StockReserved():
            pass
        case StockReleased():
            pass
        case _:
            return None
    document = documents.get(event.listing_id)
    if document is None or document["position"] >= recorded.position:
        return None
    _update(document, recorded)
    return event.listing_id


def document_key(listing_id: str) -> str:
    """The search server's keys have letters, digits, - and _ only; ours may have more."""
    if PLAIN.fullmatch(listing_id) and not listing_id.startswith(HEX):
        return listing_id
    return HEX + listing_id.encode().hex()


def _created(event: ListingCreated, position: int) -> Document:
    return {
        "key": document_key(event.listing_id),
        "listing_id": event.listing_id,
        "seller_id": event.seller_id,
        "title": event.title,
        "category": event.category,
        "price_minor": event.price.amount_minor,
        "currency": event.price.currency,
        "status": "active",
        "available": 0,
        "in_stock": False,
        "position": position,
        "created_position": position,
    }


def _update(document: Document, recorded: Recorded) -> None:
    match recorded.event:
        case ListingRepriced(price=price):
            document["price_minor"] = price.amount_minor
        case ListingRetired():
            document["status"] = "retired"
        case StockReceived(quantity=quantity) | StockReleased(quantity=quantity):
            document["available"] += quantity
        case StockReserved(quantity=quantity):
            document["available"] -= quantity
        case _:
            raise AssertionError(recorded)
    document["in_stock"] = document["available"] > 0
    document["position"] = recorded.position
