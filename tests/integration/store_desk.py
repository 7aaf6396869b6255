"""A store and the dispatch to it, for tests: commands, a look at the log, servers that go."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict

from commands.command import Command
from commands.dispatch import Cause, Dispatch
from commands.streams.listing.messages import CreateListing, RetireListing
from commands.streams.order.messages import LineRequest, PlaceOrder
from commands.streams.seller.messages import RegisterSeller
from commands.streams.shipping_quote.messages import BasketLine, IssueShippingQuote
from commands.streams.stock.messages import ReceiveStock
from commands.write_model import WriteModelFold
from eventstore import reader
from eventstore.batch import Outcome, Request
from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.heads import Read
from eventstore.limits import Limits
from eventstore.store import EventStore
from eventstore.values import Envelope, Money
from tests.given import NOW, POLICY, at
from tests.integration.postgres_server import PostgresServer

WITHIN_S = 60.0
STOP_WITHIN_S = 10.0
POLL_S = 0.01
WAITING_FOR_LOCK = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
)
END_BACKENDS = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = %s AND pid <> pg_backend_pid() AND query LIKE %s"
)
ANY_QUERY, APPENDS = "%", "%append_batch%"


def register(seller: str = "s1", name: str = "Ann") -> RegisterSeller:
    return RegisterSeller(seller_id=seller, name=name, currency="EUR", **at())


def create(listing: str = "l1", seller: str = "s1", title: str = "Lamp") -> CreateListing:
    return CreateListing(
        listing_id=listing,
        seller_id=seller,
        title=title,
        category="home",
        price=Money(1000, "EUR"),
        **at(),
    )


def receive(listing: str = "l1", quantity: int = 10) -> ReceiveStock:
    return ReceiveStock(listing_id=listing, quantity=quantity, **at())


def quote(quote_id: str = "q1", listings: Sequence[str] = ("l1",)) -> IssueShippingQuote:
    lines = tuple(BasketLine(listing_id=listing, quantity=1) for listing in listings)
    return IssueShippingQuote(quote_id=quote_id, lines=lines, **at())


def place(order: str, quote_id: str = "q1", listings: Sequence[str] = ("l1",)) -> PlaceOrder:
    """One unit of each listing. Any number of orders may rest on one quote."""
    lines = tuple(LineRequest(listing_id=listing, quantity=1) for listing in listings)
    return PlaceOrder(
        order_id=order, buyer_id="b1", lines=lines, shipping_quote_id=quote_id, **at()
    )


def retire(listing: str = "l1") -> RetireListing:
    return RetireListing(listing_id=listing, reason="gone", **at())


def cause(command_id: str) -> Cause:
    return Cause(command_id=command_id, correlation_id=command_id, causation_id=command_id)


def by_hand(command_id: str, events: Sequence[Event]) -> Request:
    """A command whose decider returns exactly these events."""

    def decide(read: Read) -> tuple[list[Event], bytes]:
        for event in events:
            read(event.stream, False)
        return list(events), b"{}"

    envelope = Envelope(
        occurred_at=NOW,
        recorded_at=NOW,
        actor="operator:olga",
        command_id=command_id,
        correlation_id=command_id,
        causation_id=command_id,
    )
    return Request(command_id=command_id, body_hash=b"h", envelope=envelope, decide=decide)


class Desk:
    """A store and the dispatch to it."""

    def __init__(self, dsn: str, limits: Limits | None) -> None:
        self.store = EventStore(dsn, WriteModelFold(), limits)
        self._dispatch = Dispatch(self.store, POLICY)

    async def __call__(self, command_id: str, command: Command, **options: Any) -> Outcome:
        return await self._dispatch(command, cause(command_id), **options)

    async def all(self, commands: dict[str, Command]) -> dict[str, Outcome | BaseException]:
        """Every command at once; its outcome or what it raised."""
        sent = [self(command_id, command) for command_id, command in commands.items()]
        return dict(zip(commands, await asyncio.gather(*sent, return_exceptions=True), strict=True))


@asynccontextmanager
async def opened(dsn: str, limits: Limits | None = None) -> AsyncIterator[Desk]:
    desk = Desk(dsn, limits)
    await desk.store.start()
    try:
        yield desk
    finally:
        await asyncio.wait_for(desk.store.stop(), STOP_WITHIN_S)


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[AsyncConnection[tuple[Any, ...]]]:
    async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
        yield connection


@asynccontextmanager
async def log_locked(dsn: str) -> AsyncIterator[None]:
    """Nobody can append meanwhile: appends wait in the order in which they came."""
    async with connected(dsn) as connection, connection.transaction():
        await connection.execute("SELECT position FROM log_head FOR UPDATE")
        yield


async def until(holds: Callable[[], bool]) -> None:
    while True:
        if holds():
            return
        await asyncio.sleep(POLL_S)


async def until_waiting(dsn: str, appends: int) -> None:
    """Until so many appends wait for the lock."""
    name = conninfo_to_dict(dsn)["dbname"]
    async with connected(dsn) as connection:
        while True:
            cursor = await connection.execute(WAITING_FOR_LOCK, [name])
            row = await cursor.fetchone()
            assert row is not None
            if row[0] == appends:
                return
            await asyncio.sleep(POLL_S)


async def end_backends(server: PostgresServer, dsn: str, query: str = ANY_QUERY) -> None:
    """End one backend or more whose last statement looks like this, as soon as there is one."""
    async with connected(server.url("postgres")) as connection:
        while True:
            name = conninfo_to_dict(dsn)["dbname"]
            row = await (await connection.execute(END_BACKENDS, [name, query])).fetchone()
            assert row is not None
            if row[0]:
                return
            await asyncio.sleep(POLL_S)


async def logged(dsn: str) -> list[Recorded]:
    """The whole log, after checking what must hold of every log."""
    async with connected(dsn) as connection:
        events = [recorded async for recorded in reader.replay(connection)]
        head = await reader.head(connection)
        cursor = await connection.execute("SELECT command_id, position FROM command_log")
        answered = {str(name): int(position) for name, position in await cursor.fetchall()}
    assert [recorded.position for recorded in events] == list(range(1, head + 1))
    versions: Counter[str] = Counter()
    last: dict[str, int] = {}
    for before, recorded in zip([None, *events], events, strict=False):
        versions[recorded.stream] += 1
        assert recorded.version == versions[recorded.stream], recorded
        command_id = recorded.envelope.command_id
        if command_id in last:  # The events of one command stand together.
            assert before is not None
            assert before.envelope.command_id == command_id
        last[command_id] = recorded.position
    # A command is known by its id if and only if its events are there.
    assert {name: answered.get(name) for name in last} == last
    refold(events)
    return events


def refold(events: Sequence[Recorded]) -> dict[str, Any]:
    """Every stream's state. A fold that meets an impossible event raises."""
    fold = WriteModelFold()
    states: dict[str, Any] = {}
    for recorded in events:
        before = states.get(recorded.stream, fold.initial(recorded.stream))
        states[recorded.stream] = fold.evolve(before, recorded.event)
    return states


def run(work: Coroutine[Any, Any, None], within_s: float = WITHIN_S) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(within_s):
            await work

    asyncio.run(bounded())


async def stocked(desk: Desk, quantity: int, listings: Sequence[str] = ("l1",)) -> None:
    """A seller with listings, so many units of each, and a quote for one of each."""
    await desk("seed-seller", register())
    for listing in listings:
        await desk(f"seed-{listing}", create(listing))
        await desk(f"seed-stock-{listing}", receive(listing, quantity))
    await desk("seed-quote", quote(listings=listings))


def accepted(outcomes: dict[str, Outcome | BaseException]) -> dict[str, Outcome]:
    return {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, Outcome)}


def faults(outcomes: dict[str, Outcome | BaseException]) -> set[type[BaseException]]:
    return {type(outcome) for outcome in outcomes.values() if isinstance(outcome, BaseException)}
