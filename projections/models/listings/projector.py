"""Listings with their stock, by id."""

from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.listing import ListingCreated, ListingRepriced, ListingRetired
from eventstore.events.stock import StockCommitted, StockReceived, StockReleased, StockReserved
from projections.keys import by_field
from projections.stores.postgresql.projector import Explained, Projector
from projections.stores.postgresql.tables import Table, Writes

LISTINGS = Table(
    "listings",
    ("listing_id",),
    {
        "listing_id": "text",
        "seller_id": "text",
        "title": "text",
        "category": "text",
        "price_minor": "int",
        "currency": "text",
        "status": "text",
        "available": "int",
        "reserved": "int",
        "version": "int",
    },
    defaults={"available": 0, "reserved": 0, "status": "active"},
)


def on_created(event: ListingCreated, recorded: Recorded, writes: Writes) -> None:
    writes.insert(
        LISTINGS,
        listing_id=event.listing_id,
        seller_id=event.seller_id,
        title=event.title,
        category=event.category,
        price_minor=event.price.amount_minor,
        currency=event.price.currency,
        version=recorded.version,
    )


def on_repriced(event: ListingRepriced, recorded: Recorded, writes: Writes) -> None:
    key, price = (event.listing_id,), event.price.amount_minor
    writes.set(LISTINGS, key, price_minor=price, version=recorded.version)


def on_retired(event: ListingRetired, recorded: Recorded, writes: Writes) -> None:
    writes.set(LISTINGS, (event.listing_id,), status="retired", version=recorded.version)


def on_received(event: StockReceived, _: Recorded, writes: Writes) -> None:
    _move(writes, event.listing_id, event.quantity, 0)


def on_reserved(event: StockReserved, _: Recorded, writes: Writes) -> None:
    _move(writes, event.listing_id, -event.quantity, event.quantity)


def on_released(event: StockReleased, _: Recorded, writes: Writes) -> None:
    _move(writes, event.listing_id, event.quantity, -event.quantity)


def on_committed(event: StockCommitted, _: Recorded, writes: Writes) -> None:
    _move(writes, event.listing_id, 0, -event.quantity)


def _move(writes: Writes, listing_id: str, available: int, reserved: int) -> None:
    writes.add(LISTINGS, (listing_id,), available=available, reserved=reserved)


PROJECTOR = Projector(
    name="listings",
    schema=(files(__package__) / "schema.sql").read_text(),
    tables=(LISTINGS,),
    key=by_field("listing_id", "listing", "stock"),
    explained=Explained(LISTINGS, "listing"),
    handlers={
        ListingCreated: on_created,
        ListingRepriced: on_repriced,
        ListingRetired: on_retired,
        StockReceived: on_received,
        StockReserved: on_reserved,
        StockReleased: on_released,
        StockCommitted: on_committed,
    },
)
