"""What operators and time do to the bus: whoever reads goes on, and nothing is skipped.

A log in a real PostgreSQL, a real JetStream, and the relay, consumers and readers between them.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from nats.aio.client import Client
from nats.js.api import ConsumerInfo
from psycopg import AsyncConnection

from deploy import cli_restored
from deploy.cli_common import Failed
from deploy.embedded.ports import pick
from eventstore import bus, consumer, reader
from eventstore.consumer import Consumer, Feed, Source
from eventstore.events.seller import SellerRegistered
from eventstore.likeness import OlderLog
from eventstore.reader import Connection
from eventstore.relay import Relay
from eventstore.subscription import Subscription
from tests.integration.logs import append, restore
from tests.integration.nats_server import NatsServer

WITHIN_S = 30.0
DURABLE = "readers"


@pytest.fixture(scope="module")
def nats_url() -> Iterator[str]:
    server = NatsServer()
    server.start()
    try:
        yield server.url
    finally:
        server.remove()


async def read_up_to(subscription: Subscription, seen: int, position: int) -> int:
    """However many a fetch brings."""
    while seen < position:
        rows = await subscription.next_after(seen, position - seen)
        seen = rows[-1].position if rows else seen
    assert seen == position
    return seen


class Ground:
    """A log, the bus, and what a test looks at."""

    def __init__(self, dsn: str, nats_url: str, client: Client, connection: Connection) -> None:
        self.dsn, self.nats_url = dsn, nats_url
        self.client, self.connection = client, connection
        self.jetstream = bus.jetstream_of(client)
        self.told: list[str] = []

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[Relay]:
        relay = Relay(self.dsn, self.nats_url, self.told.append)
        task = asyncio.create_task(relay.run())
        try:
            yield relay
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def relayed(self, position: int) -> None:
        async with self.relaying() as relay:
            await until(lambda: relay.position >= position)

    async def positions(self) -> list[int]:
        """Of all messages that the stream has, in its order."""
        state = (await self.jetstream.stream_info(bus.STREAM)).state
        events = [
            await bus.event_at(self.jetstream, sequence)
            for sequence in range(max(state.first_seq, 1), state.last_seq + 1)
        ]
        return [event.position for event in events if event]

    async def window_passed(self) -> int:
        """Until the stream takes a message for new that it has had; the last sequence then."""
        while True:
            ack = await self.jetstream.publish("events.probe", headers={bus.POSITION: "probe"})
            if not ack.duplicate and await self._probes() > 1:
                return ack.seq
            await asyncio.sleep(0.02)

    async def _probes(self) -> int:
        info = await self.jetstream.stream_info(bus.STREAM, subjects_filter="events.probe")
        return (info.state.subjects or {}).get("events.probe", 0)

    async def consumer(self) -> ConsumerInfo:
        return await self.jetstream.consumer_info(bus.STREAM, DURABLE)

    def subscription(self, source: Source | None = None) -> Subscription:
        return Subscription(source or Consumer(self.client, DURABLE), lambda: self.connection)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not is_so():
            await asyncio.sleep(0.01)


def play(dsn: str, nats_url: str, work: Callable[[Ground], Awaitable[None]]) -> None:
    async def run() -> None:
        client = await bus.connect(nats_url, "test")
        try:
            async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
                ground = Ground(dsn, nats_url, client, connection)
                await bus.ensure_stream(ground.jetstream)
                try:
                    async with asyncio.timeout(WITHIN_S * 2):
                        await work(ground)
                finally:
                    await ground.jetstream.delete_stream(bus.STREAM)
        finally:
            await client.close()

    asyncio.run(run())


@pytest.mark.parametrize("loss", ["deleted", "purged", "foreign"])
def test_a_relay_whose_last_message_is_gone_goes_on_where_it_was(
    dsn: str, nats_url: str, loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus, "DUPLICATE_WINDOW_S", 0.1)

    async def work(ground: Ground) -> None:
        append(dsn, 20)
        await ground.relayed(20)
        last = await ground.window_passed()
        match loss:
            case "deleted":
                for sequence in range(20, last + 1):
                    await ground.jetstream.delete_msg(bus.STREAM, sequence)
            case "purged":
                await ground.jetstream.purge_stream(bus.STREAM)
            case _:
                await ground.jetstream.publish("events.somebody.else", b"not ours")
        before = await ground.positions()
        append(dsn, 5)
        await ground.relayed(25)
        assert (await ground.positions())[len(before) :] == [21, 22, 23, 24, 25]

    play(dsn, nats_url, work)


def test_a_stream_that_is_deleted_while_it_runs_is_made_again_and_goes_on(
    dsn: str, nats_url: str
) -> None:
    async def work(ground: Ground) -> None:
        append(dsn, 20)
        subscription = ground.subscription()
        async with ground.relaying() as relay:
            await until(lambda: relay.position >= 20)
            await read_up_to(subscription, 0, 20)
            await ground.jetstream.delete_stream(bus.STREAM)
            append(dsn, 30)
            await until(lambda: relay.position >= 50)
            assert (await ground.positions())[-1] == 50
            seen = 20
            while seen < 50:
                rows = await subscription.next_after(seen)
                seen = rows[-1].position if rows else seen
            filled = subscription.gaps_filled
            append(dsn, 10)
            while seen < 60:
                rows = await subscription.next_after(seen)
                seen = rows[-1].position if rows else seen
        assert subscription.gaps_filled - filled <= 10

    play(dsn, nats_url, work)


def test_a_consumer_that_is_deleted_is_made_again_near_its_reader(
    dsn: str, nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "FETCH_WAIT_S", 0.2)
    monkeypatch.setattr(consumer, "LOOK_S", 0.2)

    async def work(ground: Ground) -> None:
        append(dsn, 600)
        subscription = ground.subscription()
        async with ground.relaying() as relay:
            await until(lambda: relay.position >= 600)
            seen = await read_up_to(subscription, 0, 600)
            await ground.jetstream.delete_consumer(bus.STREAM, DURABLE)
            filled = subscription.gaps_filled
            while True:
                append(dsn, 1)
                rows = await subscription.next_after(seen)
                seen = rows[-1].position if rows else seen
                if subscription.gaps_filled == filled and rows:
                    break  # It came by the bus.
                filled = subscription.gaps_filled
        info = await ground.consumer()
        assert info.config.opt_start_seq is not None
        assert info.config.opt_start_seq > 600

    play(dsn, nats_url, work)


def test_a_reader_does_not_stand_still_while_the_bus_replays(dsn: str, nats_url: str) -> None:
    """Its consumer was made at the beginning; it stands near the end."""

    async def work(ground: Ground) -> None:
        append(dsn, 6_000)
        await ground.relayed(6_000)
        await Consumer(ground.client, DURABLE).take(0, 1)
        subscription = ground.subscription()
        rows = await subscription.next_after(5_990)
        assert [row.position for row in rows] == list(range(5_991, 6_001))
        append(dsn, 5)
        await ground.relayed(6_005)
        rows = await subscription.next_after(6_000)
        assert [row.position for row in rows] == list(range(6_001, 6_006))
        info = await ground.consumer()
        assert info.delivered.stream_seq >= 5_999

    play(dsn, nats_url, work)


def test_readers_that_share_a_feed_are_not_held_up_by_a_replay_either(
    dsn: str, nats_url: str
) -> None:
    async def work(ground: Ground) -> None:
        append(dsn, 6_000)
        await ground.relayed(6_000)
        await Consumer(ground.client, DURABLE).take(0, 1)
        feed = Feed(Consumer(ground.client, DURABLE))
        running = asyncio.create_task(feed.run())
        try:
            subscription = ground.subscription(feed)
            rows = await subscription.next_after(5_990)
            assert [row.position for row in rows] == list(range(5_991, 6_001))
            seen = 6_000
            async with ground.relaying():
                filled = subscription.gaps_filled
                while True:
                    append(dsn, 1)
                    rows = await subscription.next_after(seen)
                    seen = rows[-1].position if rows else seen
                    if subscription.gaps_filled == filled and rows:
                        break  # It came by the bus.
                    filled = subscription.gaps_filled
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    play(dsn, nats_url, work)


@pytest.mark.parametrize("appended", [0, 30])
def test_a_relay_on_an_older_log_stands_still_and_says_what_to_do(
    dsn: str, nats_url: str, appended: int
) -> None:
    """Also when the older log has been written past what the bus has."""

    async def work(ground: Ground) -> None:
        append(dsn, 20)
        await ground.relayed(20)
        restore(dsn, 10)
        append(dsn, appended)
        async with ground.relaying() as relay:
            await until(lambda: "market restored" in ground.told[-1])
            assert not relay.active
            assert not any("its turn" in told for told in ground.told)
            # Not purged: it would take new events for those that it has had at their positions.
            await ground.jetstream.delete_stream(bus.STREAM)
            await ground.connection.execute("UPDATE relay_checkpoint SET position = 10")
            append(dsn, 1)
            head = await reader.head(ground.connection)
            await until(lambda: relay.position == head)
        assert ground.told[-1] == ""
        assert await ground.positions() == list(range(11, head + 1))

    play(dsn, nats_url, work)


def test_a_relay_that_was_further_than_the_log_is_made_good_too(dsn: str, nats_url: str) -> None:
    """The stream has no message left that says so: the command that it names must see it."""

    async def work(ground: Ground) -> None:
        append(dsn, 5)
        await ground.relayed(5)
        await ground.jetstream.purge_stream(bus.STREAM)
        assert not await cli_restored._is_foreign(ground.jetstream, ground.connection)
        await ground.connection.execute("UPDATE relay_checkpoint SET position = 9")
        assert await cli_restored._is_foreign(ground.jetstream, ground.connection)

    play(dsn, nats_url, work)


def test_without_a_bus_the_operator_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = SimpleNamespace(nats_url=f"nats://127.0.0.1:{pick(None, set())}")
    monkeypatch.setattr(cli_restored, "settings", lambda _: nowhere)
    monkeypatch.setattr(cli_restored, "BUS_WITHIN_S", 0.3)
    with pytest.raises(Failed, match="NATS does not answer"):
        asyncio.run(cli_restored._bus(Path()))


def test_a_reader_takes_from_the_bus_only_what_the_log_has(dsn: str, nats_url: str) -> None:
    """Events of a log that was longer are not read: those at their positions are others now."""

    async def work(ground: Ground) -> None:
        append(dsn, 20)
        await ground.relayed(20)
        restore(dsn, 10)
        append(dsn, 5)
        subscription = ground.subscription()
        seen, names = 10, []
        while seen < 15:
            rows = await subscription.next_after(seen)
            assert [row.position for row in rows] == list(range(seen + 1, seen + 1 + len(rows)))
            names += [row.decode().event for row in rows]
            seen = rows[-1].position if rows else seen
        in_log = [row.decode().event for row in await reader.rows_after(ground.connection, 10)]
        assert names == in_log
        assert all(isinstance(event, SellerRegistered) for event in names)

    play(dsn, nats_url, work)


def test_a_reader_ahead_of_the_log_is_stopped(dsn: str, nats_url: str) -> None:
    async def work(ground: Ground) -> None:
        append(dsn, 20)
        with pytest.raises(OlderLog, match="market restored"):
            await ground.subscription().next_after(21)

    play(dsn, nats_url, work)
