"""Read models on the running stack: a failing one stops alone, a rebuild misses nothing."""

import asyncio
import threading
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from psycopg import AsyncConnection

from eventstore import bus
from eventstore.codec import Recorded
from eventstore.consumer import Consumer
from eventstore.events.seller import SellerRegistered
from projections import checkpoints
from projections.checkpoints import CheckpointMoved
from projections.ledger.projector import PROJECTOR as LEDGER
from projections.postgres_model import PostgresModel
from projections.projector import Projector
from projections.rebuild import rebuild
from projections.runner import ProjectionRunner
from projections.tables import Table, Writes
from tests.conftest import Api, Shop

WITHIN_S = 30.0
SCHEMA = "CREATE TABLE seen (seller_id text PRIMARY KEY)"
SEEN = Table("seen", ("seller_id",), {"seller_id": "text"})


class Poisoned:
    """A read model of sellers that cannot take one of them, until it is mended."""

    def __init__(self, name: str, poison: str | None = None) -> None:
        self.poison = poison
        self.projector = Projector(
            name=name, schema=SCHEMA, handlers={SellerRegistered: self.on_registered}
        )

    def on_registered(self, event: SellerRegistered, _: Recorded, writes: Writes) -> None:
        if event.seller_id == self.poison:
            raise ValueError("poison")
        writes.insert(SEEN, seller_id=event.seller_id)


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not await is_so():
            await asyncio.sleep(0.02)


def test_a_model_that_fails_stops_alone_and_goes_on_when_it_is_mended(api: Api) -> None:
    run = uuid.uuid4().hex[:8]
    poison = Shop(api).seller
    Shop(api)
    healthy, sick = Poisoned(f"healthy_{run}"), Poisoned(f"sick_{run}", poison)
    dsn, nats_url = api.settings.database_url, api.settings.nats_url

    async def play() -> None:
        client = await bus.connect(nats_url, "test")
        models = [PostgresModel(healthy.projector), PostgresModel(sick.projector)]
        runner = ProjectionRunner(dsn, Consumer(client, f"test-{run}"), "test", models)
        task = asyncio.create_task(runner.run())
        async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
            await checkpoints.create(connection)

            async def at(name: str) -> int:
                return await checkpoints.read(connection, name)

            async def problem() -> str | None:
                cursor = await connection.execute(
                    "SELECT problem FROM projection.checkpoint WHERE name = %s", [f"sick_{run}"]
                )
                row = await cursor.fetchone()
                return row[0] if row else None

            head = int(api.sql("SELECT position FROM log_head")[0][0])

            async def healthy_is_done() -> bool:
                return await at(f"healthy_{run}") >= head and await problem() is not None

            await until(healthy_is_done)
            assert await at(f"sick_{run}") < head
            assert "poison" in str(await problem())
            sick.poison = None

            async def sick_is_done() -> bool:
                return await at(f"sick_{run}") >= head and await problem() is None

            await until(sick_is_done)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await client.close()
            rows = [
                (
                    await (
                        await connection.execute(f"SELECT count(*) FROM rm_{name}_{run}.seen")
                    ).fetchone()
                )
                for name in ("healthy", "sick")
            ]
            assert rows[0] == rows[1]
            for name in ("healthy", "sick"):
                await connection.execute(f"DROP SCHEMA rm_{name}_{run} CASCADE")
            await connection.execute(
                "DELETE FROM projection.checkpoint WHERE name = ANY(%s)",
                [[f"healthy_{run}", f"sick_{run}"]],
            )

    asyncio.run(play())


def entries(api: Api) -> list[tuple[Any, ...]]:
    return api.sql("SELECT * FROM rm_ledger.entries ORDER BY position, entry")


def test_a_rebuild_during_writes_misses_and_doubles_nothing(api: Api) -> None:
    shop = Shop(api, stock=500)
    stopping = threading.Event()
    paid: list[str] = []

    def write() -> None:
        while not stopping.is_set():
            order_id = shop.place()
            shop.pay(order_id)
            paid.append(order_id)

    async def twice() -> None:
        async with await AsyncConnection.connect(
            api.settings.database_url, autocommit=True
        ) as connection:
            for _ in range(2):
                await rebuild(connection, PostgresModel(LEDGER), lambda *_: None)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        asyncio.run(twice())
    finally:
        stopping.set()
        writer.join()
    assert paid
    api.read("auditor:a", "/v1/ledger/trial-balance")
    live = entries(api)
    asyncio.run(twice())
    assert entries(api) == live
    held = api.sql(
        "SELECT sum(amount_minor) FROM rm_ledger.entries WHERE account LIKE %s",
        f"escrow:%/{shop.seller}",
    )
    assert held == [(1100 * len(paid),)]


def test_two_runners_never_apply_an_event_twice(api: Api) -> None:
    """A checkpoint that somebody else has moved stops the one that comes second."""

    async def play() -> None:
        async with await AsyncConnection.connect(
            api.settings.database_url, autocommit=True
        ) as connection:
            name = f"race_{uuid.uuid4().hex[:8]}"
            assert await checkpoints.begin(connection, name)
            assert not await checkpoints.begin(connection, name)
            async with connection.transaction():
                await checkpoints.lock_all(connection, [name], 0)
                await checkpoints.put_all(connection, [name], 7)
            with pytest.raises(CheckpointMoved):
                await checkpoints.lock_all(connection, [name], 0)
            assert await checkpoints.read(connection, name) == 7
            await connection.execute("DELETE FROM projection.checkpoint WHERE name = %s", [name])

    asyncio.run(play())
