"""The event store on a real PostgreSQL, with the real write model: what it must never do."""

import asyncio
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import msgspec
import psycopg
import pytest
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict

from commands.command import Command
from commands.dispatch import Cause, Dispatch
from commands.listing.messages import CreateListing, RepriceListing, RetireListing
from commands.order.messages import LineRequest, PlaceOrder
from commands.refusals import (
    ListingExists,
    ListingIsRetired,
    OutOfStock,
    Refusal,
    SellerExists,
    SellerUnknown,
)
from commands.seller.messages import RegisterSeller, SuspendSeller
from commands.shipping_quote.messages import BasketLine, IssueShippingQuote
from commands.states import WriteModelFold
from commands.stock.decider import Stock
from commands.stock.messages import ReceiveStock
from eventstore import reader
from eventstore.batch import Outcome, Read, Request
from eventstore.codec import Recorded
from eventstore.errors import CommandIdReused, QueueFull, Unavailable
from eventstore.events.base import Event
from eventstore.events.order import OrderPlaced
from eventstore.events.stock import StockCommitted, StockReceived, StockReserved
from eventstore.limits import Limits
from eventstore.store import EventStore
from eventstore.values import Envelope, Money
from tests.given import NOW, POLICY, at
from tests.integration.postgres_server import PostgresServer, shared

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


@pytest.fixture(scope="module")
def server() -> PostgresServer:
    return shared()


@pytest.fixture
def dsn(server: PostgresServer) -> Iterator[str]:
    with server.database() as url:
        yield url


# --- commands ---------------------------------------------------------------------------------


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


# --- stores -----------------------------------------------------------------------------------


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


# --- the log ----------------------------------------------------------------------------------


def test_positions_are_gapless_and_in_commit_order_under_64_concurrent_clients(dsn: str) -> None:
    """A reader that follows the log meanwhile never sees a hole, nor anything behind it."""

    async def follow(done: asyncio.Event) -> list[int]:
        seen: list[int] = []
        async with connected(dsn) as connection:
            while True:
                last_turn = done.is_set()
                rows = await reader.rows_after(connection, len(seen))
                seen += [row.position for row in rows]
                if last_turn and not rows:
                    return seen
                await asyncio.sleep(0)

    async def client(desk: Desk, number: int) -> None:
        for turn in range(12):
            listing = f"l{number % 8}-{turn % 3}"
            seller = f"s{number}-{turn}"
            await desk(f"seller-{number}-{turn}", register(seller))
            command_id = f"listing-{number}-{turn}"
            try:
                await desk(command_id, create(listing, seller))
            except ListingExists:
                outcome = await desk(f"stock-{number}-{turn}", receive(listing, 1))
                positions[f"stock-{number}-{turn}"] = outcome.position

    positions: dict[str, int] = {}

    async def work() -> None:
        done = asyncio.Event()
        async with opened(dsn, Limits(batch_max=16)) as desk, asyncio.TaskGroup() as group:
            following = group.create_task(follow(done))
            await asyncio.gather(*(client(desk, number) for number in range(64)))
            done.set()
            seen = await following
        events = await logged(dsn)
        assert len(events) == 64 * 12 * 2
        assert seen == list(range(1, len(events) + 1))
        assert positions
        for command_id, position in positions.items():
            assert events[position - 1].envelope.command_id == command_id

    run(work())


def test_a_command_over_many_streams_is_one_commit(dsn: str) -> None:
    listings = [f"l{number}" for number in range(5)]

    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 3, listings)
            before = len(await logged(dsn))
            outcomes = await desk.all(
                {f"o{number}": place(f"o{number}", listings=listings) for number in range(6)}
            )
        assert len(accepted(outcomes)) == 3
        assert faults(outcomes) == {OutOfStock}
        events = await logged(dsn)
        assert len(events) == before + 3 * (1 + len(listings))
        for outcome in accepted(outcomes).values():
            placed = events[outcome.position - 1 - len(listings) : outcome.position]
            assert isinstance(placed[0].event, OrderPlaced)
            assert all(isinstance(recorded.event, StockReserved) for recorded in placed[1:])

    run(work())


def test_one_stream_that_refuses_keeps_every_other_unwritten(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1, ["l1", "l2", "l3"])
            await desk("quote-l2", quote("q2", ["l2"]))
            await desk("last-l2", place("o1", "q2", ["l2"]))
            before = await logged(dsn)
            with pytest.raises(OutOfStock):
                await desk("whole", place("o2", listings=["l1", "l2", "l3"]))
            assert await logged(dsn) == before
            await desk("quote-rest", quote("q3", ["l1", "l3"]))
            await desk("rest", place("o3", "q3", ["l1", "l3"]))
        await logged(dsn)

    run(work())


def test_a_decision_that_fails_half_way_leaves_no_trace(dsn: str) -> None:
    """Neither in the log nor in the states that later commands are decided on."""

    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 5)
            broken = by_hand(
                "broken",
                [
                    StockReceived(listing_id="l1", quantity=1),
                    StockCommitted(listing_id="l1", quantity=99, order_id="o1"),
                ],
            )
            with pytest.raises(AssertionError, match="the log is broken"):
                await desk.store.execute(broken)
            outcome = await desk("after", receive("l1", 2))
        assert msgspec.json.decode(outcome.answer)["available"] == 7
        assert refold(await logged(dsn))["stock-l1"].available == 7

    run(work())


def test_a_command_without_events_is_answered_and_known(dsn: str) -> None:
    same = RepriceListing(listing_id="l1", price=Money(1000, "EUR"), **at())

    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1)
            before = await logged(dsn)
            first = await desk("same-price", same)
            assert first.position == len(before)
            assert await logged(dsn) == before
        async with opened(dsn) as desk:
            again = await desk("same-price", same)
            assert again == Outcome(first.position, first.answer, replayed=True)

    run(work())


# --- the same command again -------------------------------------------------------------------


def test_the_same_command_gets_its_first_answer_again(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk, opened(dsn) as other:
            first = await desk("register", register())
            assert not first.replayed
            again = Outcome(first.position, first.answer, replayed=True)
            assert await desk("register", register()) == again
            assert await other("register", register()) == again
            assert await other("register", register()) == again
        async with opened(dsn) as restarted:
            assert await restarted("register", register()) == again
        assert len(await logged(dsn)) == 1

    run(work())


@pytest.mark.parametrize("stores", [1, 2])
def test_twins_in_flight_happen_once(dsn: str, stores: int) -> None:
    async def work() -> None:
        async with opened(dsn) as one, opened(dsn) as two:
            desks = [one, two][:stores]
            await stocked(one, 50)
            outcomes = await asyncio.gather(
                *(
                    desks[turn % stores](f"c{number}", receive("l1", number + 1))
                    for turn in range(8)
                    for number in range(20)
                )
            )
        assert Counter(outcome.replayed for outcome in outcomes) == {False: 20, True: 140}
        for number in range(20):
            assert len({(o.position, o.answer) for o in outcomes[number::20]}) == 1
        stock = refold(await logged(dsn))["stock-l1"]
        assert stock.available == 50 + sum(range(1, 21))

    run(work())


def test_an_id_with_another_body_is_refused_and_writes_nothing(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk, opened(dsn) as other:
            await stocked(desk, 5)
            both = await asyncio.gather(
                desk("twice", receive("l1", 1)),
                desk("twice", receive("l1", 2)),
                return_exceptions=True,
            )
            assert isinstance(both[0], Outcome)
            assert isinstance(both[1], CommandIdReused)
            before = await logged(dsn)
            for asked in (desk, other):
                with pytest.raises(CommandIdReused):
                    await asked("twice", receive("l1", 2))
                with pytest.raises(CommandIdReused):
                    await asked("twice", receive("nowhere", 2))
        async with opened(dsn) as restarted:
            with pytest.raises(CommandIdReused):
                await restarted("twice", receive("l1", 2))
        assert await logged(dsn) == before

    run(work())


def test_a_refused_twin_does_not_answer_for_another_body(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 5)
            async with log_locked(dsn):
                refused = asyncio.create_task(desk("twice", receive("nowhere", 1)))
                await until(lambda: desk.store.waiting > 0 or refused.done())
                other = asyncio.create_task(desk("twice", receive("l1", 1)))
                await asyncio.sleep(0)
            with pytest.raises(Refusal):
                await refused
            outcome = (await asyncio.gather(other, return_exceptions=True))[0]
        # Either is right: it was carried out, or told apart. Another command's refusal is not.
        assert isinstance(outcome, Outcome | CommandIdReused)

    run(work())


def test_a_refused_command_writes_nothing_and_may_succeed_later(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            with pytest.raises(SellerUnknown):
                await desk("create", create())
            assert await logged(dsn) == []
            await desk("register", register())
            outcome = await desk("create", create())
            assert not outcome.replayed
        assert len(await logged(dsn)) == 2

    run(work())


def test_a_repeated_command_that_would_be_refused_now_gets_its_first_answer(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1)
            first = await desk("order", place("o1"))
            await desk("retire", retire())
            await desk("suspend", SuspendSeller(seller_id="s1", reason="gone", **at()))
        async with opened(dsn) as restarted:
            with pytest.raises(Refusal):
                await restarted("another", place("o2"))
            again = await restarted("order", place("o1"))
            stale = await restarted("seed-l1", create(), expected=("listing-l1", 99))
        assert again == Outcome(first.position, first.answer, replayed=True)
        assert stale.replayed

    run(work())


# --- several stores ---------------------------------------------------------------------------


def test_two_stores_never_oversell_a_hot_listing(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as one, opened(dsn) as two:
            await stocked(one, 100)
            orders = [f"o{number}" for number in range(160)]
            halves = await asyncio.gather(
                one.all({order: place(order) for order in orders[::2]}),
                two.all({order: place(order) for order in orders[1::2]}),
            )
        outcomes = halves[0] | halves[1]
        assert faults(outcomes) == {OutOfStock}
        assert len(accepted(outcomes)) == 100
        events = await logged(dsn)
        reserved = [r.event.order_id for r in events if isinstance(r.event, StockReserved)]
        assert sorted(reserved) == sorted(accepted(outcomes))
        stock = refold(events)["stock-l1"]
        assert (stock.available, stock.reserved) == (0, 100)

    run(work())


def test_stores_that_keep_writing_one_stream_all_get_through(dsn: str) -> None:
    """Three stores, 32 clients each, with the next command when the answer is there."""

    async def client(desk: Desk, name: str) -> None:
        for turn in range(10):
            await desk(f"{name}-{turn}", receive("l1", 1))

    async def work() -> None:
        async with opened(dsn) as one, opened(dsn) as two, opened(dsn) as three:
            await stocked(one, 1)
            await asyncio.gather(
                *(
                    client(desk, f"{store}-{number}")
                    for number in range(32)
                    for store, desk in enumerate((one, two, three))
                )
            )
        assert refold(await logged(dsn))["stock-l1"].available == 1 + 3 * 32 * 10

    run(work())


def test_two_stores_on_scattered_streams_lose_and_double_nothing(dsn: str) -> None:
    listings = [f"l{number}" for number in range(12)]

    def pick(seed: str) -> str:
        return listings[zlib.crc32(seed.encode()) % len(listings)]

    async def client(desk: Desk, name: str) -> list[str]:
        sent = []
        for turn in range(10):
            command_id = f"{name}-{turn}"
            if turn % 3:
                await desk(command_id, receive(pick(command_id), 1))
            else:
                listing = pick(command_id)
                await desk(command_id, quote(command_id, [listing]))
                sent.append(command_id)
                command_id += "-order"
                await desk(command_id, place(command_id, f"{name}-{turn}", [listing]))
            sent.append(command_id)
        return sent

    async def work() -> None:
        async with opened(dsn) as one, opened(dsn) as two:
            await stocked(one, 1000, listings)
            sent = await asyncio.gather(
                *(
                    client(desk, f"{name}-{n}")
                    for n in range(16)
                    for name, desk in (("one", one), ("two", two))
                )
            )
        events = await logged(dsn)
        done = Counter(
            command_id
            for command_id, following in zip(
                (r.envelope.command_id for r in events),
                (*(r.envelope.command_id for r in events[1:]), ""),
                strict=True,
            )
            if command_id != following and not command_id.startswith("seed")
        )
        assert done == Counter(command_id for some in sent for command_id in some)

    run(work())


def test_a_refusal_rests_on_what_others_have_written(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as one, opened(dsn) as two:
            await stocked(one, 1)
            await one("first", place("o1"))
            with pytest.raises(OutOfStock):
                await one("second", place("o2"))
            await two("more", receive("l1", 1))
            await one("third", place("o3"))
            with pytest.raises(OutOfStock):
                await two("fourth", place("o4"))
            with pytest.raises(OutOfStock):
                await one("fifth", place("o5"))
        await logged(dsn)

    run(work())


def test_a_command_that_waits_sees_what_others_write_meanwhile(dsn: str) -> None:
    """It is decided on a listing that another store retires while it waits behind a batch."""

    async def work() -> None:
        async with opened(dsn, Limits(batch_max=1)) as one, opened(dsn) as two:
            await stocked(one, 5)
            await two("warm", receive("l1", 1))
            await one("warm-too", receive("l1", 1))
            async with log_locked(dsn):
                retiring = asyncio.create_task(two("retire", retire()))
                await until_waiting(dsn, 1)
                unrelated = asyncio.create_task(one("unrelated", register("s2")))
                await until_waiting(dsn, 2)
                order = asyncio.create_task(one("order", place("o1")))
                await until(lambda: one.store.waiting == 1)
            assert (await retiring).position < (await unrelated).position
            with pytest.raises(ListingIsRetired):
                await order
        await logged(dsn)

    run(work())


def test_a_refusal_that_waits_sees_what_others_write_meanwhile(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn, Limits(batch_max=1)) as one, opened(dsn) as two:
            await stocked(one, 1)
            await one("last", place("o1"))
            await two("warm", register("s3"))
            async with log_locked(dsn):
                more = asyncio.create_task(two("more", receive("l1", 1)))
                await until_waiting(dsn, 1)
                unrelated = asyncio.create_task(one("unrelated", register("s2")))
                await until_waiting(dsn, 2)
                order = asyncio.create_task(one("order", place("o2")))
                await until(lambda: one.store.waiting == 1)
            assert (await more).position < (await unrelated).position
            await order
        await logged(dsn)

    run(work())


def test_an_id_that_is_taken_fails_its_own_command_only(dsn: str) -> None:
    """A new stream that exists already makes the append look again: nobody else notices."""

    async def work() -> None:
        async with opened(dsn) as one:
            await one("first", register("taken"))
        async with opened(dsn) as two:
            outcomes = await two.all(
                {"clash": register("taken", "Bob")}
                | {f"c{number}": register(f"s{number}") for number in range(40)}
            )
        clash = outcomes.pop("clash")
        assert isinstance(clash, SellerExists)
        assert faults(outcomes) == set()
        assert len(await logged(dsn)) == 41

    run(work())


# --- limits -----------------------------------------------------------------------------------


def test_a_full_queue_says_so_and_recovers(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn, Limits(queue_max=8, batch_max=4)) as desk:
            async with log_locked(dsn):
                waiting = [
                    asyncio.create_task(desk(f"c{number}", register(f"s{number}")))
                    for number in range(8)
                ]
                await until_waiting(dsn, 1)
                for number in range(3):
                    with pytest.raises(QueueFull):
                        await desk("one-more", register(f"more{number}"))
            await asyncio.gather(*waiting)
            await desk("one-more", register("more"))
            assert desk.store.waiting == 0
        assert len(await logged(dsn)) == 9

    run(work())


@pytest.mark.parametrize("heads_max", [5, 8, 24])
def test_states_that_are_forgotten_early_change_nothing(dsn: str, heads_max: int) -> None:
    listings = [f"l{number}" for number in range(6)]

    async def client(desk: Desk, number: int) -> None:
        for turn in range(6):
            name = f"{number}-{turn}"
            listing = listings[(number * 7 + turn) % len(listings)]
            await desk(f"r-{name}", receive(listing, 1))
            await desk(f"q-{name}", quote(name, [listing]))
            await desk(f"o-{name}", place(name, name, [listing]))

    async def work() -> None:
        async with opened(dsn, Limits(heads_max=heads_max, batch_max=4)) as desk:
            for listing in listings:
                await desk(f"s-{listing}", register(f"s-{listing}"))
                await desk(f"c-{listing}", create(listing, f"s-{listing}"))
            await asyncio.gather(*(client(desk, number) for number in range(8)))
        states = refold(await logged(dsn))
        stocks = [states[f"stock-{listing}"] for listing in listings]
        assert sum(stock.available for stock in stocks) == 0
        assert sum(stock.reserved for stock in stocks) == 8 * 6

    run(work(), within_s=20)


def test_a_state_ahead_of_the_log_is_not_forgotten(dsn: str) -> None:
    """The listing's end waits for its commit; a pile of other streams must not push it out."""

    async def work() -> None:
        async with opened(dsn, Limits(heads_max=8, batch_max=1)) as desk:
            await stocked(desk, 5)
            async with log_locked(dsn):
                blocker = asyncio.create_task(desk("blocker", register("b")))
                await until_waiting(dsn, 1)
                ending = asyncio.create_task(desk("retire", retire()))
                await until(lambda: desk.store.waiting == 1)
                others = [
                    asyncio.create_task(desk(f"c{number}", register(f"s-{number}")))
                    for number in range(10)
                ]
                await until(lambda: desk.store.waiting == 11)
                order = asyncio.create_task(desk("order", place("o1")))
                await until(lambda: desk.store.waiting == 12 or order.done())
            await asyncio.gather(blocker, ending, *others)
            with pytest.raises(ListingIsRetired):
                await order
        await logged(dsn)

    run(work())


def test_an_event_on_a_stream_that_was_not_read_follows_what_is_there(dsn: str) -> None:
    """A decider may write a stream that it has no need to read; nobody has it in memory."""

    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 5)
        received = StockReceived(listing_id="l1", quantity=2)

        def decide(_: Read) -> tuple[list[Event], bytes]:
            return [received], b"{}"

        async with opened(dsn) as desk:
            request = msgspec.structs.replace(by_hand("unread", [received]), decide=decide)
            await desk.store.execute(request)
        states = refold(await logged(dsn))
        assert states["stock-l1"].available == 7

    run(work())


def test_a_fault_that_rests_on_what_others_have_changed_is_decided_again(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as one, opened(dsn) as two:
            await stocked(one, 5)
            await one("warm", receive("l1", 1))
            await two("other", receive("l1", 1))

            def decide(read: Read) -> tuple[list[Event], bytes]:
                stock = cast(Stock, read("stock-l1", False))
                if stock.available == 6:
                    raise KeyError("what the other has written")
                return [StockReceived(listing_id="l1", quantity=stock.available)], b"{}"

            request = msgspec.structs.replace(by_hand("fault", []), decide=decide)
            await one.store.execute(request)
        assert refold(await logged(dsn))["stock-l1"].available == 14

    run(work())


def test_a_repeated_command_does_not_hold_up_its_batch(dsn: str) -> None:
    """The first answer is in the log only: the store that gets the repetition is a new one."""

    async def work() -> None:
        async with opened(dsn) as desk:
            await desk("again", register("again"))
            await desk("taken", register("taken"))
        async with opened(dsn) as desk:
            async with log_locked(dsn):
                blocker = asyncio.create_task(desk("blocker", register("blocker")))
                await until_waiting(dsn, 1)
                commands = {
                    "again": register("again"),
                    "other-id": register("taken"),
                    **{f"new-{number}": register(f"new-{number}") for number in range(5)},
                }
                all_of_them = asyncio.create_task(desk.all(commands))
                await until(lambda: desk.store.waiting == 7)
            outcomes = await all_of_them
            await blocker
        again, taken, *new = outcomes.values()
        assert isinstance(again, Outcome)
        assert again.replayed
        assert isinstance(taken, SellerExists)
        # Appended at once, with the positions that follow on the blocker's.
        assert [cast(Outcome, outcome).position for outcome in new] == [4, 5, 6, 7, 8]
        await logged(dsn)

    run(work())


def test_a_committer_that_ends_lets_nobody_wait(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            async with log_locked(dsn):
                waiting = asyncio.create_task(desk("waiting", register("s")))
                await until_waiting(dsn, 1)
                assert desk.store._task is not None
                desk.store._task.cancel()
                with pytest.raises(Unavailable):
                    await waiting
            assert not desk.store.ready
            with pytest.raises(Unavailable):
                await desk("later", register("s2"))

    run(work())


# --- clients that go away ---------------------------------------------------------------------


async def abandoned(
    desk: Desk, dsn: str, command_id: str, command: Command
) -> asyncio.Task[Outcome]:
    """Sent, and its client gone while it waits behind the command whose task is returned."""
    blocker = asyncio.create_task(desk("blocker", register("blocker")))
    await until_waiting(dsn, 1)
    task = asyncio.create_task(desk(command_id, command))
    await until(lambda: desk.store.waiting == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    return blocker


@pytest.mark.parametrize("command", [receive("l1", 1), place("o1")], ids=["again", "refused"])
def test_a_client_that_went_away_and_came_back_gets_the_first_answer(
    dsn: str, command: Command
) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1)
            async with log_locked(dsn):
                blocker = await abandoned(desk, dsn, "gone", command)
                again = asyncio.create_task(desk("gone", command))
                await asyncio.sleep(0)
            await blocker
            outcome = await again
        events = await logged(dsn)
        assert events[outcome.position - 1].envelope.command_id == "gone"
        assert sum(recorded.stream == "stock-l1" for recorded in events) == 2

    run(work())


def test_a_client_that_goes_away_does_not_take_its_twin_along(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1)
            async with log_locked(dsn):
                first = asyncio.create_task(desk("same", receive("l1", 1)))
                await until_waiting(dsn, 1)
                twin = asyncio.create_task(desk("same", receive("l1", 1)))
                await asyncio.sleep(0)
                first.cancel()
                await asyncio.gather(first, return_exceptions=True)
            outcome = (await asyncio.gather(twin, return_exceptions=True))[0]
            assert isinstance(outcome, Outcome)
        assert refold(await logged(dsn))["stock-l1"].available == 2

    run(work())


def test_a_store_stops_when_every_client_has_gone(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1)
            async with log_locked(dsn):
                blocker = await abandoned(desk, dsn, "gone", receive("l1", 1))
                blocker.cancel()
                await asyncio.gather(blocker, return_exceptions=True)
                stopping = asyncio.create_task(desk.store.stop())
                await asyncio.sleep(0)
            await stopping
        await logged(dsn)

    run(work())


# --- what the database does not take ----------------------------------------------------------


def test_any_text_comes_back_as_it_was(dsn: str) -> None:
    texts = [
        """'; DROP TABLE stored_events; -- "quoted" \\ back\\slash {} %s $1 $$ NULL""",
        "Лампа 台灯 🪔 e\u0301 \u202eright to left",
        "tab\tnew\nline\x7f",
        "nul in the body \x00 only",
    ]

    async def work() -> None:
        async with opened(dsn) as desk:
            for number, text in enumerate(texts):
                await desk(f"n{number}", register(f"s{number}", text))
            await desk("id", register('o\'brien "x" {Ñ,\\} 🪔'))
        async with opened(dsn) as restarted:
            with pytest.raises(SellerExists):
                await restarted("id-2", register('o\'brien "x" {Ñ,\\} 🪔'))
            again = await restarted("id", register('o\'brien "x" {Ñ,\\} 🪔'))
            assert again.replayed
        events: list[Any] = [recorded.event for recorded in await logged(dsn)]
        assert [event.name for event in events[:-1]] == texts

    run(work())


POISON: dict[str, Command] = {
    "written": register("nul\x00"),
    "loaded": receive("nul\x00", 1),
    "no text": register("surrogate\ud800"),
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_what_the_database_rejects_fails_its_own_command_only(dsn: str, poison: Command) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 100)
        async with opened(dsn) as restarted:  # Nothing is loaded: all need the loader.
            for turn in range(3):
                commands: dict[str, Command] = {}
                for number in range(20):
                    commands[f"r{turn}-{number}"] = receive("l1", 1)
                    commands[f"s{turn}-{number}"] = register(f"s{turn}-{number}")
                good = asyncio.create_task(restarted.all(commands))
                bad = asyncio.create_task(
                    restarted._dispatch(poison, cause(f"bad-{turn}"), hashed=b"hash")
                )
                more = asyncio.create_task(
                    restarted.all({f"m{turn}-{n}": place(f"o{turn}-{n}") for n in range(20)})
                )
                fault = (await asyncio.gather(bad, return_exceptions=True))[0]
                assert isinstance(fault, Exception)
                assert faults(await good) == set()
                assert faults(await more) == set()
        stock = refold(await logged(dsn))["stock-l1"]
        assert (stock.available, stock.reserved) == (100, 60)

    run(work())


def test_rejected_commands_in_a_crowd_keep_every_stream_whole(dsn: str) -> None:
    """A batch that is taken apart must not overtake what was decided before it."""

    async def client(desk: Desk, number: int) -> list[BaseException]:
        found: list[BaseException] = []
        for turn in range(10):
            name = f"{number}-{turn}"
            sent = [desk(f"r-{name}", receive(f"l{number % 3 + 1}", 1))]
            if number % 4 == 0:
                sent.append(desk(f"bad-{name}", register(f"nul\x00{name}")))
            sent.append(desk(f"p-{name}", place(f"o-{name}", listings=["l1", "l2", "l3"])))
            outcomes = await asyncio.gather(*sent, return_exceptions=True)
            found += [o for o in outcomes if isinstance(o, BaseException)]
        return found

    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1000, ["l1", "l2", "l3"])
        async with opened(dsn, Limits(batch_max=8)) as desk:
            found = await asyncio.gather(*(client(desk, number) for number in range(16)))
        assert len([fault for some in found for fault in some]) == 4 * 10
        assert len([r for r in await logged(dsn) if isinstance(r.event, OrderPlaced)]) == 160

    run(work())


def test_an_id_that_is_no_text_does_not_stop_the_committer(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1)
            with pytest.raises(Unavailable):
                await desk("no text \ud800", create("l2", "nobody"))
            await desk("after", receive("l1", 1))

    run(work(), within_s=10)


# --- lost databases ---------------------------------------------------------------------------


async def load(desk: Desk, answered: dict[str, Outcome], unanswered: set[str]) -> None:
    """24 clients, 20 commands each; what is not answered is left alone."""

    async def client(number: int) -> None:
        for turn in range(20):
            name = f"{number}-{turn}"
            try:
                answered[name] = await desk(name, receive("l1", 1))
            except Unavailable:
                unanswered.add(name)
                await asyncio.sleep(POLL_S)

    await asyncio.gather(*(client(number) for number in range(24)))


async def insist(desk: Desk, command_id: str, command: Command) -> Outcome:
    """As a client does: the same id again until there is an answer."""
    while True:
        try:
            return await desk(command_id, command)
        except Unavailable:
            await asyncio.sleep(POLL_S)


async def check_after_loss(
    desk: Desk, dsn: str, answered: dict[str, Outcome], unanswered: set[str]
) -> None:
    await until(lambda: desk.store.ready)
    events = await logged(dsn)
    for name, outcome in answered.items():
        assert events[outcome.position - 1].envelope.command_id == name
    async with opened(dsn) as other:
        for turn, name in enumerate(sorted(unanswered)):
            await insist((desk, other)[turn % 2], name, receive("l1", 1))
    counts = Counter(r.envelope.command_id for r in await logged(dsn))
    assert all(counts[name] == 1 for name in answered.keys() | unanswered)
    assert len(answered.keys() | unanswered) == 24 * 20
    assert refold(await logged(dsn))["stock-l1"].available == 1 + 24 * 20


@pytest.mark.parametrize("query", [APPENDS, ANY_QUERY], ids=["committing", "all"])
def test_a_backend_that_is_killed_loses_and_doubles_nothing(
    server: PostgresServer, dsn: str, query: str
) -> None:
    async def work() -> None:
        answered: dict[str, Outcome] = {}
        unanswered: set[str] = set()
        async with opened(dsn, Limits(batch_max=6)) as desk:
            await stocked(desk, 1)
            async with asyncio.TaskGroup() as group:
                group.create_task(load(desk, answered, unanswered))
                for turn in range(1, 4):
                    await until(lambda turn=turn: len(answered) + len(unanswered) > turn * 60)
                    await end_backends(server, dsn, query)
            assert unanswered
            await check_after_loss(desk, dsn, answered, unanswered)

    run(work())


def test_a_server_that_is_stopped_and_started_loses_and_doubles_nothing(
    server: PostgresServer, dsn: str
) -> None:
    async def work() -> None:
        answered: dict[str, Outcome] = {}
        unanswered: set[str] = set()
        async with opened(dsn, Limits(batch_max=6, reconnect_within_s=0.2)) as desk:
            await stocked(desk, 1)
            async with asyncio.TaskGroup() as group:
                group.create_task(load(desk, answered, unanswered))
                await until(lambda: len(answered) > 60)
                await asyncio.to_thread(server.stop)
                try:
                    await until(lambda: not desk.store.ready)
                    with pytest.raises(Unavailable):
                        await desk("meanwhile", receive("l1", 1))
                finally:
                    await asyncio.to_thread(server.start)
            assert unanswered
            await check_after_loss(desk, dsn, answered, unanswered)

    run(work())


def test_a_store_that_is_lost_while_it_waits_answers_only_for_its_own_body(
    server: PostgresServer, dsn: str
) -> None:
    """The id is known, with another body: a lost connection must not make it a success."""

    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1)
            await desk("taken", receive("l1", 1))
        async with opened(dsn) as desk:
            await desk("warm", receive("l1", 1))
            async with log_locked(dsn):
                reused = asyncio.create_task(desk("taken", receive("l1", 7)))
                await until_waiting(dsn, 1)
                await end_backends(server, dsn, APPENDS)
            outcome = (await asyncio.gather(reused, return_exceptions=True))[0]
            assert isinstance(outcome, CommandIdReused | Unavailable)
            await until(lambda: desk.store.ready)

    run(work())


def test_a_store_without_a_server_says_so_at_its_start(server: PostgresServer, dsn: str) -> None:
    async def work() -> None:
        store = EventStore(server.url("no_such_database"), WriteModelFold())
        with pytest.raises(psycopg.OperationalError):
            await store.start()
        assert not store.ready
        with pytest.raises(Unavailable):
            await Dispatch(store, POLICY)(register(), cause("c1"))

    run(work())


# --- the library ------------------------------------------------------------------------------


def test_the_eventsourcing_library_reads_the_same_log(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 5, ["l1", "l2"])
            await desk.all({f"o{n}": place(f"o{n}", listings=["l1", "l2"]) for n in range(5)})

    run(work())
    ours: list[Recorded] = []

    async def read() -> None:
        ours.extend(await logged(dsn))

    run(read())
    at_server = conninfo_to_dict(dsn)
    with PostgresDatastore(
        str(at_server["dbname"]),
        str(at_server["host"]),
        str(at_server["port"]),
        str(at_server["user"]),
        str(at_server["password"]),
        originator_id_type="text",
    ) as datastore:
        recorder = PostgresApplicationRecorder(datastore)
        notifications = recorder.select_notifications(1, 1000)
        assert recorder.max_notification_id() == len(ours)
        some = recorder.select_notifications(None, 1000, topics=["stock.reserved.v1"])
        streams = {
            stream: recorder.select_events(stream) for stream in {one.stream for one in ours}
        }
    theirs = [(n.id, n.originator_id, n.originator_version, n.topic) for n in notifications]
    assert theirs == [(r.position, r.stream, r.version, r.name) for r in ours]
    assert len(some) == 10
    for stream, events in streams.items():
        expected = [(r.version, r.name) for r in ours if r.stream == stream]
        assert [(e.originator_version, e.topic) for e in events] == expected
    for notification, recorded in zip(notifications, ours, strict=True):
        state = msgspec.json.decode(notification.state)
        assert state["data"]["type"] == recorded.name
        assert state["command_id"] == recorded.envelope.command_id
