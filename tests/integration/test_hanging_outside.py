"""A server that takes a connection and never answers holds up nothing but what needs it."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from psycopg import AsyncConnection

from commands.command import Policy
from commands.dispatch import Dispatch
from commands.outside import deliveries, owed
from commands.outside.payments.call import PaymentCall
from commands.runner import process_tables as tables
from commands.runner.bell import Bell
from commands.write_model import WriteModelFold
from deploy.parts import processes
from deploy.queue import ANSWER_S, make_broker
from deploy.settings import Settings, from_environment
from deploy.waiting import waiting
from deploy.wiring import make_outsides, make_pool
from eventstore.store import EventStore
from tests.integration.outside_bench import TOLD, call_of, cancel
from tests.integration.postgres_server import shared
from tests.unit.test_settings import GOOD

WITHIN_S = 20.0


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of what accepts and says nothing: the kernel takes connections by itself."""
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as listener:
        host, port = listener.getsockname()
        yield f"{host}:{port}"


@pytest.fixture
def settings(silent: str, tmp_path: Path) -> Iterator[Settings]:
    with shared().database() as dsn:
        yield from_environment(
            GOOD
            | {
                "MARKET_DATA": str(tmp_path),
                "MARKET_DATABASE_URL": dsn,
                "MARKET_REDIS_URL": f"redis://{silent}/0",
                "MARKET_SANDBOX_URL": f"http://{silent}",
                "MARKET_PROVIDER_TIMEOUT_S": "300",
            }
        )


def test_deadlines_fire_while_provider_and_queue_hang(settings: Settings) -> None:
    async def main() -> None:
        store = EventStore(settings.database_url, WriteModelFold())
        await store.start()
        dispatch = Dispatch(store, Policy())
        dsn = settings.database_url
        async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
            await _owe(connection, call_of())
            waits = waiting(settings, "processes", "postgresql")
            sandbox = make_outsides(settings, make_pool(dsn))[0]
            broker = make_broker(settings.redis_url)
            bell = Bell((owed.CHANNEL, deliveries.CHANNEL))
            loops = [
                asyncio.create_task(work)
                for work in (
                    processes._inbox(settings, dispatch, sandbox, waits, bell),
                    processes._calls(settings, broker, sandbox, bell.hears(owed.CHANNEL)),
                    processes._deadlines(settings, dispatch),
                )
            ]
            # Once both loops outside have something in hand that never comes back.
            busy = (
                "SELECT count(*) FROM webhook_inbox w, owed o"
                " WHERE w.attempts > 0 AND o.attempts > 0"
            )
            await _until(connection, busy)
            await tables.store(connection, [cancel("o1", datetime.now(UTC))])
            await _until(connection, "SELECT count(*) FROM deadline WHERE done")
            for loop in loops:
                assert not loop.done()
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
        await store.stop()

    asyncio.run(main())


async def _owe(connection: AsyncConnection[tuple[object, ...]], call: PaymentCall) -> None:
    await connection.execute(
        "INSERT INTO owed (port, kind, provider, subject, payload)"
        " VALUES ('payments', 'charge', 'sandbox', 'p1', %s)",
        [msgspec.json.encode(call)],
    )
    await connection.execute(
        "INSERT INTO webhook_inbox (provider, external_id, received_at, body)"
        " VALUES ('sandbox', 'evt', now(), %s)",
        [TOLD % (b"evt", b"p1")],
    )


async def _until(connection: AsyncConnection[tuple[object, ...]], query: str) -> None:
    async with asyncio.timeout(WITHIN_S):
        while (await (await connection.execute(query.encode())).fetchall()) == [(0,)]:
            await asyncio.sleep(0.02)


def test_a_queue_that_does_not_answer_is_given_up_on(settings: Settings) -> None:
    """The call stays owed: it comes up again."""

    async def main() -> None:
        actor = processes.make_actor(
            processes.make_broker(settings.redis_url), "payments.x", processes._never
        )
        async with asyncio.timeout(ANSWER_S * 3):
            await processes._enqueue(actor, call_of(), 0)

    asyncio.run(main())
