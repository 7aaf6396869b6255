"""Listings with their stock, by id."""

from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.listing import ListingCreated, ListingRepriced, ListingRetired
from eventstore.events.stock import StockCommitted, StockReceived, StockReleased, StockReserved
from projections.projector import Projector, Writes

CREATED = (
    "INSERT INTO listings (listing_id, seller_id, title, category, price_minor, currency,"
    " status, version) VALUES (%s, %s, %s, %s, %s, %s, 'active', %s)"
)
REPRICED = "UPDATE listings SET price_minor = %s, version = %s WHERE listing_id = %s"
RETIRED = "UPDATE listings SET status = 'retired', version = %s WHERE listing_id = %s"
STOCK = (
    "UPDATE listings SET available = available + %s, reserved = reserved + %s WHERE listing_id = %s"
)


def on_created(event: ListingCreated, recorded: Recorded, writes: Writes) -> None:
    writes.add(
        CREATED,
        event.listing_id,
        event.seller_id,
        event.title,
        event.category,
        event.price.amount_minor,
        event.price.currency,
        recorded.version,
    )


def on_repriced(event: ListingRepriced, recorded: Recorded, writes: Writes) -> None:
    writes.add(REPRICED, event.price.amount_minor, recorded.version, event.listing_id)


def on_retired(event: ListingRetired, recorded: Recorded, writes: Writes) -> None:
    writes.add(RETIRED, recorded.version, event.listing_id)


def on_received(event: StockReceived, _: Recorded, writes: Writes) -> None:
    writes.add(STOCK, event.quantity, 0, event.listing_id)


def on_reserved(event: StockReserved, _: Recorded, writes: Writes) -> None:
    writes.add(STOCK, -event.quantity, event.quantity, event.listing_id)


def on_released(event: StockReleased, _: Recorded, writes: Writes) -> None:
    writes.add(STOCK, event.quantity, -event.quantity, event.listing_id)


def on_committed(event: StockCommitted, _: Recorded, writes: Writes) -> None:
    writes.add(STOCK, 0, -event.quantity, event.listing_id)


PROJECTOR = Projector(
    name="listings",
    schema=(files(__package__) / "schema.sql").read_text(),
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
