"""A read model of sellers that can be made to fail, and runners for it on the running stack."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from psycopg import AsyncConnection

from eventstore import bus
from eventstore.codec import Recorded
from eventstore.consumer import Consumer
from eventstore.events.seller import SellerRegistered, SellerSuspended
from projections import checkpoints
from projections.checkpoints import Connection
from projections.model import Applied
from projections.running.runner import ProjectionRunner, RebuildOne
from projections.stores.postgresql.model import PostgresModel
from projections.stores.postgresql.projector import Projector
from projections.stores.postgresql.tables import Table, Writes
from tests.conftest import Api

WITHIN_S = 30.0
SCHEMA = "CREATE TABLE seen (seller_id text PRIMARY KEY, status text NOT NULL)"
SEEN = Table("seen", ("seller_id",), {"seller_id": "text", "status": "text"})


class Poisoned:
    """Cannot take one seller, until it is mended."""

    def __init__(
        self, poison: str | None = None, *, money: bool = False, name: str = "", version: int = 1
    ) -> None:
        self.poison = poison
        self.name = name or f"lab_{uuid.uuid4().hex[:8]}"
        self.projector = Projector(
            name=self.name,
            version=version,
            schema=SCHEMA,
            tables=(SEEN,),
            handlers={
                SellerRegistered: self.on_registered,
                SellerSuspended: self.on_suspended,
            },
            money=money,
        )
        self.model = PostgresModel(self.projector)

    def on_registered(self, event: SellerRegistered, _: Recorded, writes: Writes) -> None:
        if event.seller_id == self.poison:
            raise ValueError("poison")
        writes.insert(SEEN, seller_id=event.seller_id, status="active")

    def on_suspended(self, event: SellerSuspended, _: Recorded, writes: Writes) -> None:
        writes.set(SEEN, (event.seller_id,), status="suspended")


class StoreAway(OSError):
    """The store of a model does not answer."""


class AwayModel(PostgresModel):
    """Its store is away for the first few batches."""

    def __init__(self, projector: Projector, times: int) -> None:
        super().__init__(projector)
        self.times = times
        self.tries = 0

    def is_transient(self, error: Exception) -> bool:
        return isinstance(error, StoreAway) or super().is_transient(error)

    async def apply(self, connection: Connection, batch: Sequence[Recorded]) -> None:
        self.tries += 1
        if self.tries <= self.times:
            raise StoreAway("away")
        await super().apply(connection, batch)


async def until(is_so: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not await is_so():
            await asyncio.sleep(0.02)


class Lab:
    """A connection, and what becomes of models in it."""

    def __init__(self, api: Api, connection: Connection) -> None:
        self.api = api
        self.dsn = api.settings.database_url
        self.connection = connection

    @contextlib.asynccontextmanager
    async def running(
        self, *models: Applied, rebuild: RebuildOne | None = None
    ) -> AsyncIterator[asyncio.Task[None]]:
        client = await bus.connect(self.api.settings.nats_url, "test")
        consumer = Consumer(client, f"test-{uuid.uuid4().hex[:8]}")
        runner = ProjectionRunner(self.dsn, consumer, "test", models, rebuild=rebuild)
        task = asyncio.create_task(runner.run())
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await client.close()

    async def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return await (await self.connection.execute(query.encode(), values)).fetchall()

    async def head(self) -> int:
        return int((await self.rows("SELECT position FROM log_head"))[0][0])

    async def passed(self, name: str, position: int) -> None:
        async def is_so() -> bool:
            return await checkpoints.read(self.connection, name) >= position

        await until(is_so)

    async def standing(self, name: str) -> checkpoints.Standing:
        return (await checkpoints.standings(self.connection, [name]))[name]

    async def forget(self, names: Sequence[str]) -> None:
        for name in names:
            for schema in (f"rm_{name}", f"rm_{name}__next"):
                await self.connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE".encode())
            for table in ("checkpoint", "parked", "dropped", "build"):
                await self.connection.execute(
                    f"DELETE FROM projection.{table} WHERE name LIKE %s".encode(), [f"{name}%"]
                )


def in_lab(api: Api, play: Callable[[Lab], Awaitable[None]], *models: Poisoned) -> None:
    """Play with models that are gone afterwards."""

    async def run() -> None:
        async with await AsyncConnection.connect(
            api.settings.database_url, autocommit=True
        ) as connection:
            lab = Lab(api, connection)
            try:
                await play(lab)
            finally:
                await lab.forget([model.name for model in models])

    asyncio.run(run())
