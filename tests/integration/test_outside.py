"""What is owed to providers and what they send, on a real database: each fails by itself."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Any

import httpx
import msgspec
import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from commands.command import Policy
from commands.dispatch import Cause, Dispatch
from commands.gateways.port import Unreachable
from commands.gateways.sandbox import SandboxProvider
from commands.jobs.provider_calls import ProviderCalls
from commands.listing.messages import CreateListing
from commands.order.messages import CancelOrder, LineRequest, PlaceOrder, ReleaseFunds
from commands.payment.messages import StartPayment
from commands.processes.reactions import Call, CallDone, Schedule, Unschedule
from commands.provider_call import CallKind, ProviderCall, refund_key
from commands.runner import deliveries, owed
from commands.runner import process_tables as tables
from commands.runner.codec import dump, load
from commands.runner.deadlines import fire_due
from commands.runner.process_runner import ProcessRunner
from commands.runner.translate import Translator
from commands.seller.messages import RegisterSeller
from commands.shipping_quote.messages import BasketLine, IssueShippingQuote
from commands.states import WriteModelFold
from commands.stock.messages import ReceiveStock
from eventstore.store import EventStore
from eventstore.values import Money
from tests.contract.odd_server import odd_server, response
from tests.given import at
from tests.integration.postgres_server import shared
from tests.unit.market import SYSTEM

AMOUNT = Money(1000, "EUR")
MADE = (
    b'{"id":"ch_1","object":"charge","status":"succeeded","reference":"p1",'
    b'"amount_minor":1000,"currency":"EUR"}'
)
TOLD = b'{"id":"%s","data":{"object":{"object":"charge","reference":"%s"}}}'
OLD = datetime.now(UTC) - timedelta(hours=30)


@pytest.fixture
def dsn() -> Iterator[str]:
    with shared().database() as url:
        yield url


def clock() -> datetime:
    return datetime.now(UTC)


def call_of(kind: CallKind = "charge", key: str = "p1") -> ProviderCall:
    return ProviderCall(
        kind=kind, provider="sandbox", key=key, target="t", amount=AMOUNT, subject_id=key
    )


class Bench:
    """A store, a pool and a connection on one database."""

    def __init__(self, dsn: str, pool: owed.Pool, store: EventStore, connection: Any) -> None:
        self.dsn = dsn
        self.pool = pool
        self.dispatch = Dispatch(store, Policy())
        self.connection: AsyncConnection[tuple[Any, ...]] = connection

    async def send(self, command: Any) -> None:
        name = f"{type(command).__name__}-{id(command)}"
        await self.dispatch(command, Cause(command_id=name, correlation_id="", causation_id=""))

    async def a_started_payment(self) -> None:
        await self.send(RegisterSeller(seller_id="s1", name="n", currency="EUR", **at()))
        await self.send(
            CreateListing(
                listing_id="l1", seller_id="s1", title="t", category="c", price=AMOUNT, **at()
            )
        )
        await self.send(ReceiveStock(listing_id="l1", quantity=9, **at()))
        basket = (BasketLine(listing_id="l1", quantity=1, shipping_minor=0),)
        await self.send(IssueShippingQuote(quote_id="q1", lines=basket, **at()))
        await self.send(
            PlaceOrder(
                order_id="o1",
                buyer_id="bob",
                lines=(LineRequest(listing_id="l1", quantity=1),),
                shipping_quote_id="q1",
                **at(),
            )
        )
        await self.send(
            StartPayment(
                payment_id="p1",
                order_id="o1",
                provider="sandbox",
                method="card",
                source="t",
                **at(),
            )
        )

    async def owe(self, *calls: ProviderCall) -> None:
        await tables.store(self.connection, [("call-provider", Call(call)) for call in calls])

    async def came_in(self, external_id: str, key: str, received_at: datetime) -> None:
        body = TOLD % (external_id.encode(), key.encode())
        await self.connection.execute(
            "INSERT INTO webhook_inbox (provider, external_id, received_at, body)"
            " VALUES ('sandbox', %s, %s, %s)",
            [external_id, received_at, body],
        )

    async def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return await (await self.connection.execute(query.encode(), values)).fetchall()

    async def due_now(self) -> None:
        for table in ("owed", "webhook_inbox"):
            await self.rows_none(f"UPDATE {table} SET next_attempt_at = clock_timestamp()")

    async def rows_none(self, query: str) -> None:
        await self.connection.execute(query.encode())

    async def inbox(self) -> dict[str, tuple[bool, bool, str | None]]:
        """Translated, parked, problem by external id."""
        found = await self.rows(
            "SELECT external_id, translated_at IS NOT NULL, parked, problem FROM webhook_inbox"
        )
        return {
            external_id: (done, parked, problem) for external_id, done, parked, problem in found
        }

    async def names(self, stream: str) -> list[str]:
        found = await self.rows(
            "SELECT topic FROM stored_events WHERE originator_id = %s ORDER BY originator_version",
            stream,
        )
        return [name for (name,) in found]


@asynccontextmanager
async def opened(dsn: str) -> AsyncIterator[Bench]:
    store = EventStore(dsn, WriteModelFold())
    await store.start()
    async with (
        AsyncConnectionPool(dsn, max_size=6, kwargs={"autocommit": True}) as pool,
        await AsyncConnection.connect(dsn, autocommit=True) as connection,
    ):
        try:
            yield Bench(dsn, pool, store, connection)
        finally:
            await store.stop()


def run(dsn: str, work: Callable[[Bench], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        async with opened(dsn) as bench:
            await work(bench)

    asyncio.run(main())


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[SandboxProvider]:
    """The adapter, and behind it a server that always answers this."""
    with odd_server(answer) as url:
        async with httpx.AsyncClient(base_url=url, timeout=2) as client:
            yield SandboxProvider(client, "secret")


def test_calls_of_other_kinds_never_share_a_row(dsn: str) -> None:
    """Whoever starts a payment under a payout's id ends no payout."""

    async def work(bench: Bench) -> None:
        kinds: tuple[CallKind, ...] = ("charge", "payout", "refund")
        await bench.owe(*(call_of(kind, "x") for kind in kinds))
        await tables.store(bench.connection, [("call-provider", CallDone("charge", "x"))])
        states = await bench.rows("SELECT kind, state FROM owed")
        assert dict(states) == {"charge": "done", "payout": "owed", "refund": "owed"}
        due = await owed.due(bench.connection, 10)
        assert {call.kind for call in due} == {"payout", "refund"}

    run(dsn, work)


def test_two_legs_never_share_a_key() -> None:
    pairs = [("a", "b:c"), ("a:b", "c"), ("a:b:c", ""), ("a", "b"), ("a:", "b")]
    assert len({refund_key(*pair) for pair in pairs}) == len(pairs)
    assert refund_key("r1", "p1") == "r1:p1"  # As it ever was.


def test_a_call_in_hand_is_nobody_else_s(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        order: list[str] = []
        first_has_it, go_on = asyncio.Event(), asyncio.Event()

        async def first() -> None:
            async with owed.in_hand(bench.pool, call_of()):
                first_has_it.set()
                await go_on.wait()
                order.append("first")

        async def second() -> None:
            await first_has_it.wait()
            waiting = asyncio.create_task(third())
            async with owed.in_hand(bench.pool, call_of("payout")):
                go_on.set()  # Another call's lock is another.
            await waiting

        async def third() -> None:
            async with owed.in_hand(bench.pool, call_of()):
                order.append("third")

        await asyncio.gather(first(), second())
        assert order == ["first", "third"]

    run(dsn, work)


ODD = {
    "504": response(504, b""),
    "HTML": response(200, b"<html>"),
    "400 with HTML": response(400, b"<html>"),
    "a refused look-up": response(400, b'{"error":{"type":"invalid_request"}}'),
}


@pytest.mark.parametrize("answer", ODD.values(), ids=[name.replace(" ", "-") for name in ODD])
def test_an_odd_answer_holds_up_its_own_delivery_only(dsn: str, answer: bytes) -> None:
    async def work(bench: Bench) -> None:
        await bench.a_started_payment()
        await bench.owe(call_of())
        await bench.came_in("evt_1", "p1", clock())
        async with answering(answer) as adapter:
            translator = Translator(bench.pool, bench.dispatch, "sandbox", adapter, clock)
            assert await translator.turn() == 1
        done, parked, problem = (await bench.inbox())["evt_1"]
        assert (done, parked) == (False, False)
        assert problem
        await bench.due_now()
        async with answering(response(200, MADE)) as adapter:
            await Translator(bench.pool, bench.dispatch, "sandbox", adapter, clock).turn()
        assert (await bench.inbox())["evt_1"] == (True, False, None)
        assert await bench.names("payment-p1") == ["payment.started.v1", "payment.captured.v1"]

    run(dsn, work)


def test_a_delivery_is_tried_whatever_its_age_and_waits_for_its_call(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        await bench.a_started_payment()
        await bench.came_in("evt_old", "p1", OLD)
        async with answering(response(200, MADE)) as adapter:
            translator = Translator(bench.pool, bench.dispatch, "sandbox", adapter, clock)
            await translator.turn()
            assert (await bench.inbox())["evt_old"][:2] == (False, False)
            await bench.owe(call_of())  # The log has been read so far.
            await bench.due_now()
            await translator.turn()
        assert (await bench.inbox())["evt_old"] == (True, False, None)

    run(dsn, work)


def test_what_stays_unclear_is_parked_and_can_be_tried_again(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        await bench.a_started_payment()
        await bench.owe(call_of())
        await bench.came_in("evt_1", "p1", clock())
        async with answering(response(200, b"<html>")) as adapter:
            translator = Translator(bench.pool, bench.dispatch, "sandbox", adapter, clock)
            calls = ProviderCalls(bench.pool, bench.dispatch, {"sandbox": adapter}, clock)
            for _ in range(deliveries.UNCLEAR_MAX):
                await bench.due_now()
                await translator.turn()
                await calls.make(call_of())
        assert (await bench.inbox())["evt_1"][1]
        assert [one.state for one in await owed.listed(bench.connection, ["parked"], 9)] == [
            "parked"
        ]
        assert await deliveries.retry(bench.connection) == 1
        assert await owed.retry(bench.connection, "p1") == 1
        async with answering(response(200, MADE)) as adapter:
            await Translator(bench.pool, bench.dispatch, "sandbox", adapter, clock).turn()
        assert (await bench.inbox())["evt_1"] == (True, False, None)

    run(dsn, work)


def test_an_outage_parks_nothing_and_another_amount_does_at_once(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        await bench.a_started_payment()
        await bench.owe(call_of())
        async with answering(response(503, b"")) as adapter:
            calls = ProviderCalls(bench.pool, bench.dispatch, {"sandbox": adapter}, clock)
            for _ in range(owed.UNCLEAR_MAX + 1):
                await calls.make(call_of())
        assert [state for (state,) in await bench.rows("SELECT state FROM owed")] == ["owed"]
        async with answering(response(200, MADE.replace(b"1000", b"1"))) as adapter:
            calls = ProviderCalls(bench.pool, bench.dispatch, {"sandbox": adapter}, clock)
            await calls.make(call_of())
        ((state, problem),) = await bench.rows("SELECT state, problem FROM owed")
        assert state == "parked"
        assert problem.startswith("AnswerMismatch")
        assert await bench.names("payment-p1") == ["payment.started.v1"]

    run(dsn, work)


def test_what_is_done_is_looked_up_again_but_never_asked_for_again(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        await bench.a_started_payment()
        await bench.owe(call_of())
        await tables.store(bench.connection, [("call-provider", CallDone("charge", "p1"))])
        assert await owed.silent(bench.connection, 9) == []
        swept: list[int] = []
        for _ in range(2):  # A look that was not made comes again.
            await bench.due_now()
            swept += [sweep for _, sweep in await owed.silent(bench.connection, 9)]
        assert swept == [1, 1]
        assert await owed.silent(bench.connection, 9) == []
        not_found = response(404, b'{"error":{"type":"not_found"}}')
        async with answering(not_found) as adapter:  # It would be asked for, if not for the sweep.
            calls = ProviderCalls(bench.pool, bench.dispatch, {"sandbox": adapter}, clock)
            await calls.make(call_of(), sweep=1)
        assert await bench.names("payment-p1") == ["payment.started.v1"]
        async with answering(response(503, b"")) as adapter:  # No look was made.
            calls = ProviderCalls(bench.pool, bench.dispatch, {"sandbox": adapter}, clock)
            await calls.make(call_of(), sweep=2)
        async with answering(response(200, MADE)) as adapter:
            calls = ProviderCalls(bench.pool, bench.dispatch, {"sandbox": adapter}, clock)
            for _ in range(5):
                await bench.due_now()
                for call, sweep in await owed.silent(bench.connection, 9):
                    swept.append(sweep)
                    await calls.make(call, sweep)
        assert swept == [1, 1, 2, 3]
        assert await bench.names("payment-p1") == ["payment.started.v1", "payment.captured.v1"]

    run(dsn, work)


def test_what_a_sweep_does_not_understand_is_listed(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        await bench.owe(call_of())
        await tables.store(bench.connection, [("call-provider", CallDone("charge", "p1"))])
        async with answering(response(200, MADE.replace(b"1000", b"1"))) as adapter:
            calls = ProviderCalls(bench.pool, bench.dispatch, {"sandbox": adapter}, clock)
            await calls.make(call_of(), sweep=1)
        (seen,) = await owed.listed(bench.connection, ["parked"], 9)
        assert (seen.state, (seen.problem or "").partition(":")[0]) == ("done", "AnswerMismatch")

    run(dsn, work)


def test_a_call_that_the_queue_did_not_take_comes_again_in_a_moment(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        await bench.owe(call_of())
        for _ in range(3):
            await bench.due_now()
            (call,) = await owed.due(bench.connection, 9)
            await owed.not_taken(bench.connection, call)
        late = "next_attempt_at > clock_timestamp() + interval '2 seconds'"
        assert await bench.rows(f"SELECT attempts, {late} FROM owed") == [(0, False)]

    run(dsn, work)


@pytest.mark.parametrize(("unclear", "most_s"), [(0, 64), (1, 600)])
def test_after_a_long_outage_a_call_comes_again_within_a_minute(
    dsn: str, unclear: int, most_s: int
) -> None:
    """Only what is answered and not understood comes ever more seldom."""

    async def work(bench: Bench) -> None:
        await bench.owe(call_of())
        await bench.rows(f"UPDATE owed SET attempts = 500, unclear = {unclear} RETURNING 1")
        assert len(await owed.due(bench.connection, 9)) == 1
        pause = "round(extract(epoch FROM next_attempt_at - clock_timestamp()) / 4)"
        assert await bench.rows(f"SELECT {pause} * 4 FROM owed") == [(most_s,)]

    run(dsn, work)


def test_what_the_log_does_not_owe_is_not_made(dsn: str) -> None:
    """The queue may remember a call that was done, or whose log was lost."""

    async def work(bench: Bench) -> None:
        await bench.a_started_payment()
        async with answering(response(200, MADE)) as adapter:
            calls = ProviderCalls(bench.pool, bench.dispatch, {"sandbox": adapter}, clock)
            await calls.make(call_of())
            assert await bench.names("payment-p1") == ["payment.started.v1"]
            await bench.owe(call_of())
            await calls.make(call_of())
        assert await bench.names("payment-p1") == ["payment.started.v1", "payment.captured.v1"]

    run(dsn, work)


def cancel(order_id: str, due_at: datetime) -> Schedule:
    command = CancelOrder(order_id=order_id, reason="late", only_unpaid=True, **at(now=due_at))
    return Schedule(order_id, due_at, command)


def test_a_clock_that_jumps_ahead_fires_nothing(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        due_at = clock() + timedelta(hours=1)
        await tables.store(bench.connection, [("p", cancel("o1", due_at))])
        year = timedelta(days=365)
        assert await fire_due(bench.connection, bench.dispatch, clock() + year) == 0
        assert await fire_due(bench.connection, bench.dispatch, clock() - year) == 0

    run(dsn, work)


def test_a_refused_deadline_may_be_set_again_and_one_that_is_over_may_not(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        due = cancel("o1", clock())
        await tables.store(bench.connection, [("p", due)])
        assert await fire_due(bench.connection, bench.dispatch, clock()) == 1  # No such order.
        assert await fire_due(bench.connection, bench.dispatch, clock()) == 0
        await bench.a_started_payment()
        await tables.store(bench.connection, [("p", due)])
        assert await fire_due(bench.connection, bench.dispatch, clock()) == 1
        await tables.store(bench.connection, [("p", Unschedule("o1")), ("p", due)])
        assert await fire_due(bench.connection, bench.dispatch, clock()) == 0

    run(dsn, work)


def test_a_deadline_that_cannot_be_fired_holds_up_no_other(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        await bench.a_started_payment()
        long_ago = clock() - timedelta(days=60)
        good = cancel("o1", clock())
        await tables.store(bench.connection, [("p", cancel("bad", long_ago)), ("p", good)])
        await bench.rows_none("UPDATE deadline SET command = 'no JSON' WHERE instance = 'bad'")
        assert await fire_due(bench.connection, bench.dispatch, clock()) == 2
        done = await bench.rows("SELECT instance FROM deadline WHERE done")
        assert done == [("o1",)]
        assert await fire_due(bench.connection, bench.dispatch, clock()) == 0  # After a pause.

    run(dsn, work)


def test_two_runners_never_work_at_once(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        first = await AsyncConnection.connect(dsn, autocommit=True)
        second = await AsyncConnection.connect(dsn, autocommit=True)
        await ProcessRunner([], bench.dispatch).resume(first)
        waiting = asyncio.create_task(ProcessRunner([], bench.dispatch).resume(second))
        blocked = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        async with asyncio.timeout(20):
            while await bench.rows(blocked) == [(0,)]:
                await asyncio.sleep(0.01)
        assert not waiting.done()
        await first.close()
        await asyncio.wait_for(waiting, 20)
        await second.close()

    run(dsn, work)


def test_calls_that_were_owed_before_the_table_had_kinds_are_owed_still() -> None:
    """The migration keeps the calls under way and those that are done."""
    schema = files("commands") / "schema"
    with shared().database() as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA old")
        connection.execute("SET search_path = old")
        connection.execute((schema / "0001_processes.sql").read_text().encode())
        body = (
            b'{"kind":"refund","provider":"sandbox","key":"r1:p1","target":"ch","amount":'
            b'{"amount_minor":5,"currency":"EUR"},"subject_id":"r1"}'
        )
        connection.execute(
            "INSERT INTO provider_call (call_id, call, done, attempts, next_attempt_at)"
            " VALUES ('r1:p1', %s, false, 3, now()), ('gone', '', true, 0, now())",
            [body],
        )
        connection.execute(
            "INSERT INTO provider_call (call_id, call, done, next_attempt_at)"
            " VALUES ('old', %s, true, now())",
            [body.replace(b"r1", b"r2")],
        )
        release = dump(ReleaseFunds(order_id="o1", seller_id="s1", **at(SYSTEM)))
        connection.execute(
            "INSERT INTO deadline (process, instance, due_at, command, done) VALUES"
            " ('release-escrow-after-acceptance', 'o1/s1', '2026-05-01Z', %s, false),"
            " ('pay-out-on-schedule', 's1/turn', '2026-05-01Z', %s, true)",
            [release, release],
        )
        connection.execute((schema / "0002_owed.sql").read_text().encode())
        found = connection.execute(
            "SELECT kind, provider, subject, state, attempts, sweeps, payload FROM owed"
            " ORDER BY subject"
        ).fetchall()
        last = connection.execute(
            "SELECT due_at::date::text, command FROM deadline WHERE instance = 'o1/s1/~last'"
        ).fetchone()
        again = connection.execute("SELECT instance FROM deadline WHERE refused").fetchall()
    assert found == [
        ("refund", "sandbox", "r1:p1", "owed", 3, 0, body),
        ("refund", "sandbox", "r2:p1", "done", 0, 3, body.replace(b"r1", b"r2")),
    ]
    assert again == [("s1/turn",)]
    assert last is not None
    assert last[0] == "2026-05-15"
    assert load(bytes(last[1])) == msgspec.structs.replace(load(release), despite_refunds=True)  # type: ignore[call-arg]


def test_a_hand_that_is_held_too_long_is_not_waited_for(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owed, "IN_HAND_WAIT", "50ms")

    async def work(bench: Bench) -> None:
        async with owed.in_hand(bench.pool, call_of()):
            with pytest.raises(Unreachable):
                async with owed.in_hand(bench.pool, call_of()):
                    pass

    run(dsn, work)
