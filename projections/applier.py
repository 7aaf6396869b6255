"""Moves read models past batches of events: rows and checkpoint together."""

import asyncio
import logging
from collections.abc import Sequence

import nats.errors
import psycopg

from eventstore import reader
from eventstore.codec import Recorded
from eventstore.reader import StoredRow
from projections import checkpoints
from projections.checkpoints import CheckpointMoved, Connection
from projections.model import Model

RETRY_S = 1.0
CATCH_UP_MAX = 1_000

log = logging.getLogger(__name__)


class Applier:
    """The models that one consumer feeds, each with its own checkpoint.

    One that fails stops, says so in its checkpoint row, and is tried again from the log; the
    others go on.
    """

    def __init__(self, models: Sequence[Model], name: str) -> None:
        self._models = models
        self._name = name
        self._positions: dict[str, int] = {}
        self._retry_at: dict[str, float] = {}

    async def begin(self, connection: Connection) -> None:
        """Create what is missing and read the checkpoints."""
        await checkpoints.create(connection)
        for model in self._models:
            await self._ensure(connection, model)
            self._positions[model.name] = await checkpoints.read(connection, model.name)

    async def drain(self, connection: Connection, source: Connection) -> int:
        """From the log to its present end, a page at a time; the position reached.

        `source` reads the next page while `connection` writes the last one.
        """
        position = await self.catch_up(connection)
        coming = asyncio.create_task(_decoded(source, position))
        try:
            while True:
                batch = await coming
                if batch:
                    coming = asyncio.create_task(_decoded(source, batch[-1].position))
                    await self._apply_batch(connection, batch)
                position = await self.catch_up(connection)
                if not batch and not self._left_behind(position):
                    return position
                if not batch:
                    coming = asyncio.create_task(_decoded(source, position))
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    def _left_behind(self, position: int) -> bool:
        """Whether a model that has not failed is not at `position` yet."""
        now = asyncio.get_running_loop().time()
        return any(
            self._positions[model.name] < position and now >= self._retry_at.get(model.name, 0)
            for model in self._models
        )

    async def _ensure(self, connection: Connection, model: Model) -> None:
        while True:
            try:
                await model.ensure(connection)
            except psycopg.OperationalError:
                raise
            except Exception as error:  # noqa: BLE001 - its store is not there yet
                log.warning("%s waits for its store: %s", model.name, type(error).__name__)
                await asyncio.sleep(RETRY_S)
            else:
                return

    async def apply(self, connection: Connection, rows: Sequence[StoredRow]) -> None:
        await self._apply_batch(connection, [row.decode() for row in rows])

    async def _apply_batch(self, connection: Connection, batch: Sequence[Recorded]) -> None:
        ready = [m for m in self._models if self._positions[m.name] == batch[0].position - 1]
        if len(ready) > 1 and await self._apply_together(connection, ready, batch):
            return
        for model in self._models:
            await self._apply(connection, model, batch)

    async def _apply_together(
        self, connection: Connection, models: Sequence[Model], batch: Sequence[Recorded]
    ) -> bool:
        """One transaction for all models that stand together; False when one of them fails.

        They are then tried one by one, so that only the failing one stops.
        """
        seen, to = batch[0].position - 1, batch[-1].position
        names = sorted(model.name for model in models)
        try:
            async with connection.transaction(), connection.pipeline():
                await checkpoints.lock_all(connection, names, seen)
                for model in models:
                    await model.apply(connection, batch)
                await checkpoints.put_all(connection, names, to)
        except (psycopg.OperationalError, nats.errors.Error):
            raise
        except Exception as error:  # noqa: BLE001 - named and kept when tried alone
            log.warning("%s: one of the models failed: %s", self._name, type(error).__name__)
            return False
        self._positions |= dict.fromkeys(names, to)
        return True

    async def _apply(self, connection: Connection, model: Model, batch: Sequence[Recorded]) -> None:
        seen = self._positions[model.name]
        todo = [recorded for recorded in batch if recorded.position > seen]
        if not todo or todo[0].position != seen + 1:
            return  # Seen already, or behind: the model catches up from the log.
        to = todo[-1].position
        try:
            await self._move(connection, model, todo, seen, to)
        except CheckpointMoved:
            self._positions[model.name] = await checkpoints.read(connection, model.name)
        except (psycopg.OperationalError, nats.errors.Error):
            raise
        except Exception as error:
            log.exception("%s cannot get past position %d", model.name, seen)
            problem = f"after position {seen}: {type(error).__name__}: {error}"
            await checkpoints.report_problem(connection, model.name, problem[:500])
            self._retry_at[model.name] = asyncio.get_running_loop().time() + RETRY_S
        else:
            self._positions[model.name] = to

    async def _move(
        self, connection: Connection, model: Model, todo: Sequence[Recorded], seen: int, to: int
    ) -> None:
        """Rows and checkpoint together. The lock comes first: a rebuild swaps under it."""
        async with connection.transaction():
            if await checkpoints.read(connection, model.name, lock=True) != seen:
                raise CheckpointMoved(model.name)
            await model.apply(connection, todo)
            await checkpoints.put(connection, model.name, to)

    async def catch_up(self, connection: Connection) -> int:
        """Bring models that fell behind up from the log; the position that the rest is at."""
        now = asyncio.get_running_loop().time()
        foremost = max(self._positions.values())
        for model in self._models:
            if self._positions[model.name] == foremost or now < self._retry_at.get(model.name, 0):
                continue
            rows = await reader.rows_after(
                connection, self._positions[model.name], foremost, CATCH_UP_MAX
            )
            await self._apply(connection, model, [row.decode() for row in rows])
        return foremost


async def _decoded(source: Connection, position: int) -> list[Recorded]:
    return [row.decode() for row in await reader.rows_after(source, position)]
