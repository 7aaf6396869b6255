"""A log that was restored to an older state: the bus has more than it, and nobody reads that."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest

from deploy import cli_restored
from deploy.cli_common import Failed
from deploy.embedded.ports import pick
from eventstore import bus, reader
from eventstore.events.seller import SellerRegistered
from eventstore.likeness import OlderLog
from tests.integration.bus_ground import Ground, play, until
from tests.integration.logs import append, restore


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
