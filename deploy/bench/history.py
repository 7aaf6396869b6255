"""A log of any length: one marketplace day, decided by the real deciders, told again and again.

Every telling has ids of its own (a marker in them is replaced), so streams have the lengths that
they have in a marketplace and the log is as long as it must be.
"""

import itertools
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from commands.command import Actor, Command, Policy
from commands.stream import States
from commands.streams.listing.messages import CreateListing
from commands.streams.order.messages import (
    ConfirmReceipt,
    HandOverShipment,
    LineRequest,
    PlaceOrder,
    RecordDelivery,
)
from commands.streams.payment.messages import StartPayment
from commands.streams.seller.messages import RegisterSeller
from commands.streams.shipping_quote.messages import BasketLine, IssueShippingQuote
from commands.streams.stock.messages import ReceiveStock
from commands.write_model import HANDLERS, WriteModelFold
from eventstore.codec import encode, name_of
from eventstore.events.base import Event
from eventstore.values import Envelope, Money

MARK = "~~~~~~~~"
SELLERS = 2
LISTINGS = 6
ORDERS = 25
BEGIN = datetime(2026, 1, 1, 8, tzinfo=UTC)
MAKES = ("pot", "stand", "box", "rack", "cover", "maker", "holder", "set")
COLOURS = ("blue", "green", "scarlet", "golden", "silver", "violet", "walnut")
THINGS = tuple(f"{stem}{end}" for stem in ("tea", "lamp", "chair", "spoon") for end in MAKES)
MAKERS = ("arden", "bexley", "corwen", "dunmore", "elstow", "farnham", "gresham", "harwell")
BY = Actor("operator", "bench")
COPY = (
    "COPY stored_events (originator_id, originator_version, topic, state, notification_id)"
    " FROM STDIN (FORMAT BINARY)"
)
TYPES = ["text", "int8", "text", "bytea", "int8"]
BATCH_ROWS = 256

type Row = tuple[str, int, str, bytes]
"""Stream, version, stored name, state."""

FOLD = WriteModelFold()


class _Day:
    """Streams in memory; what is decided becomes stored rows."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self._states: dict[str, object] = {}
        self._versions: dict[str, int] = {}
        self._time = BEGIN
        self._commands = itertools.count(1)

    def at(self) -> dict[str, Any]:
        self._time += timedelta(seconds=1)
        return {"by": BY, "now": self._time, "occurred_at": self._time}

    def do(self, command: Command) -> None:
        events, _ = HANDLERS[type(command)](command, States(self._state), Policy())
        command_id = f"{BY}/{MARK}-{next(self._commands)}"
        envelope = Envelope(
            occurred_at=command.occurred_at,
            recorded_at=command.now,
            actor=str(command.by),
            command_id=command_id,
            correlation_id=command_id,
            causation_id=command_id,
        )
        for event in events:
            self._append(event, envelope)

    def _append(self, event: Event, envelope: Envelope) -> None:
        stream = event.stream
        self._states[stream] = FOLD.evolve(self._state(stream, True), event)
        version = self._versions[stream] = self._versions.get(stream, 0) + 1
        self.rows.append((stream, version, name_of(event), encode(event, envelope)))

    def _state(self, stream: str, new: bool) -> object:  # noqa: ARG002 - the shape of a read
        return self._states.get(stream, FOLD.initial(stream))


def one_day() -> list[Row]:
    """Orders over two sellers: placed, paid, handed over, delivered; every second one released."""
    day = _Day()
    sellers = [f"s{MARK}-{number}" for number in range(SELLERS)]
    listings = [f"l{MARK}-{number}" for number in range(LISTINGS)]
    for seller in sellers:
        day.do(RegisterSeller(seller_id=seller, name="Seller", currency="EUR", **day.at()))
    for number, listing in enumerate(listings):
        offer: dict[str, Any] = {
            "title": "Thing",
            "category": f"category-{number}",
            "price": Money(1999, "EUR"),
        }
        seller = sellers[number % SELLERS]
        day.do(CreateListing(listing_id=listing, seller_id=seller, **offer, **day.at()))
        day.do(ReceiveStock(listing_id=listing, quantity=1000, **day.at()))
    for number in range(ORDERS):
        _one_order(day, f"{MARK}-{number}", sellers, listings, confirmed=number % 2 == 0)
    return day.rows


def _one_order(
    day: _Day, order: str, sellers: list[str], listings: list[str], *, confirmed: bool
) -> None:
    chosen = listings[:3]
    basket = tuple(BasketLine(listing_id=name, quantity=1, shipping_minor=100) for name in chosen)
    lines = tuple(LineRequest(listing_id=name, quantity=1) for name in chosen)
    day.do(IssueShippingQuote(quote_id=order, lines=basket, **day.at()))
    buyer = f"b{MARK}"
    day.do(
        PlaceOrder(order_id=order, buyer_id=buyer, lines=lines, shipping_quote_id=order, **day.at())
    )
    payment: dict[str, Any] = {"provider": "manual", "method": "card", "source": ""}
    day.do(StartPayment(payment_id=order, order_id=order, **payment, **day.at()))
    for seller in sellers:
        parcel: dict[str, Any] = {"order_id": order, "seller_id": seller}
        day.do(HandOverShipment(**parcel, carrier="CDEK", tracking_number="T1", **day.at()))
        day.do(RecordDelivery(**parcel, **day.at()))
        if confirmed:
            day.do(ConfirmReceipt(**parcel, **day.at()))


def listings(count: int) -> Iterator[Row]:
    """One seller's listings, with titles of two words of a few hundred and with stock."""
    day = _Day()
    seller = "s0"
    day.do(RegisterSeller(seller_id=seller, name="Seller", currency="EUR", **day.at()))
    for number in range(count):
        listing = f"l{number:06}"
        offer: dict[str, Any] = {"title": title(number), "category": f"category-{number % 40}"}
        price = Money(500 + number % 9_000, "EUR")
        day.do(
            CreateListing(listing_id=listing, seller_id=seller, price=price, **offer, **day.at())
        )
        day.do(ReceiveStock(listing_id=listing, quantity=number % 7 + 1, **day.at()))
    yield from day.rows


def title(number: int) -> str:
    colour, thing = COLOURS[number % len(COLOURS)], THINGS[number // 7 % len(THINGS)]
    return f"{colour} {thing} {MAKERS[number // 49 % len(MAKERS)]} {number}"


def rows(count: int) -> Iterator[Row]:
    """The first `count` rows of the endless log."""
    return itertools.islice(_days(), count)


def _days() -> Iterator[Row]:
    day = one_day()
    mark = MARK.encode()
    for telling in itertools.count():
        text = f"{telling:08}"
        digits = text.encode()
        for stream, version, name, state in day:
            yield stream.replace(MARK, text), version, name, state.replace(mark, digits)


def fill(dsn: str, upto: int) -> None:
    """An empty log with the first `upto` rows."""
    write(dsn, rows(upto))


def write(dsn: str, log: Iterable[Row]) -> None:
    """An empty log with these rows, vacuumed and on disk."""
    position = 0
    with psycopg.connect(dsn, autocommit=True) as connection:
        with connection.transaction(), connection.cursor().copy(COPY) as copy:
            copy.set_types(TYPES)
            for position, row in enumerate(log, start=1):
                copy.write_row((*row, position))
        connection.execute("UPDATE log_head SET position = %s", [position])
        connection.execute("VACUUM ANALYZE stored_events")
        # What was just written reaches the disk now, not while something is measured.
        connection.execute("CHECKPOINT")
