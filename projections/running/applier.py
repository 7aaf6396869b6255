"""Moves read models past batches of events: rows and checkpoint together."""

import asyncio
import logging
from collections.abc import Sequence

import nats.errors

from eventstore import reader
from eventstore.away import DATABASE_AWAY
from eventstore.codec import Recorded
from eventstore.reader import StoredRow
from eventstore.unreadable import decode_or_mark
from projections import checkpoints
from projections.checkpoints import CheckpointMoved, Connection
from projections.model import Applied
from projections.running.advance import Stopped, advance
from projections.running.live import LiveModel

ENSURE_AGAIN_S = 1.0
LOOK_S = 1.0
CATCH_UP_MAX = 1_000

log = logging.getLogger(__name__)


class Applier:
    """The models that one consumer feeds, each with its own checkpoint.

    One that cannot go on rests, stops or parks what it cannot apply; the others go on. One that
    is behind catches up from the log.
    """

    def __init__(self, models: Sequence[Applied], name: str) -> None:
        self._live = [LiveModel(model) for model in models]
        self._name = name
        self._looked_at = 0.0

    @property
    def names(self) -> list[str]:
        return [live.name for live in self._live]

    def of_older_version(self) -> list[Applied]:
        """Models whose rows were made by an older version: they wait for a rebuild."""
        return [live.model for live in self._live if live.is_of_older_version]

    async def begin(self, connection: Connection) -> None:
        """Create what is missing and read the checkpoints. What was stopped may try again."""
        for live in self._live:
            await self._ensure(connection, live.model)
        await checkpoints.go_on(connection, self.names)
        await self._look(connection)
        await self._stop_what_is_beyond(connection)

    async def _stop_what_is_beyond(self, connection: Connection) -> None:
        """Rows of events that the log has not (any more) are no read model of it."""
        head = await reader.head(connection)
        for live in self._live:
            if live.position > head:
                problem = (
                    f"is at {live.position}, and the log ends at {head}: the log is older."
                    f" Run './deploy/market project rebuild {live.name} --anew'"
                )
                log.error("%s %s", live.name, problem)
                await checkpoints.stop(connection, live.name, problem)
        await self._look(connection)

    async def _ensure(self, connection: Connection, model: Applied) -> None:
        while True:
            try:
                await model.ensure(connection)
            except DATABASE_AWAY:
                raise
            except Exception as error:  # noqa: BLE001 - its store is not there yet
                log.warning("%s waits for its store: %s", model.name, type(error).__name__)
                await asyncio.sleep(ENSURE_AGAIN_S)
            else:
                return

    async def _look(self, connection: Connection) -> None:
        self._looked_at = asyncio.get_running_loop().time()
        found = await checkpoints.standings(connection, self.names)
        for live in self._live:
            await live.learn(connection, found.get(live.name))

    def _ready(self, live: LiveModel) -> bool:
        return live.runs and asyncio.get_running_loop().time() >= live.retry_at

    @property
    def rests(self) -> bool:
        """Whether no model can go on just now: then there is nothing to be fetched for."""
        return not any(self._ready(live) for live in self._live)

    async def drain(self, connection: Connection, source: Connection) -> int:
        """From the log to its present end, a page at a time; the position reached.

        `source` reads the next page while `connection` writes the last one.
        """
        position = await self.catch_up(connection)
        coming = asyncio.create_task(_decoded(source, position))
        try:
            while True:
                batch = await coming
                if batch and batch[0].position != position + 1:
                    # Somebody moved or held the models meanwhile: begin again where they are.
                    batch = await _decoded(source, position)
                if batch:
                    coming = asyncio.create_task(_decoded(source, batch[-1].position))
                    await self._apply_batch(connection, batch)
                position = await self.catch_up(connection)
                if self.rests or (not batch and not self._left_behind(position)):
                    return position
                if not batch:
                    coming = asyncio.create_task(_decoded(source, position))
        finally:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)

    def _left_behind(self, position: int) -> bool:
        """Whether a model that can go on is not at `position` yet."""
        return any(self._ready(live) and live.position < position for live in self._live)

    async def apply(self, connection: Connection, rows: Sequence[StoredRow]) -> None:
        await self._apply_batch(connection, [decode_or_mark(row) for row in rows])

    async def _apply_batch(self, connection: Connection, batch: Sequence[Recorded]) -> None:
        before = batch[0].position - 1
        ready = [live for live in self._live if self._ready(live) and live.position == before]
        if len(ready) > 1 and await self._apply_together(connection, ready, batch):
            return
        for live in self._live:
            await self._apply(connection, live, batch)

    async def _apply_together(
        self, connection: Connection, ready: Sequence[LiveModel], batch: Sequence[Recorded]
    ) -> bool:
        """One transaction for all models that stand together; False when one of them fails.

        They are then tried one by one, so that only the failing one is held up.
        """
        to = batch[-1].position
        try:
            async with connection.transaction(), connection.pipeline():
                await checkpoints.lock_all(connection, {live.name: live.expected for live in ready})
                for live in ready:
                    await live.write(connection, batch)
                await checkpoints.put_all(connection, sorted(live.name for live in ready), to)
        except (*DATABASE_AWAY, nats.errors.Error):
            raise
        except CheckpointMoved:
            await self._look(connection)
            return False
        except Exception as error:  # noqa: BLE001 - named and kept when tried alone
            log.warning("%s: one of the models failed: %s", self._name, type(error).__name__)
            return False
        for live in ready:
            live.moved(to)
        return True

    async def _apply(
        self, connection: Connection, live: LiveModel, batch: Sequence[Recorded]
    ) -> None:
        todo = [recorded for recorded in batch if recorded.position > live.position]
        if not self._ready(live) or not todo or todo[0].position != live.position + 1:
            return  # Seen already, or behind: the model catches up from the log.
        try:
            await advance(connection, live, todo)
        except (CheckpointMoved, Stopped):
            await self._look(connection)
        except (*DATABASE_AWAY, nats.errors.Error):
            raise
        except Exception as error:  # noqa: BLE001 - transient, as the model says
            await live.rest(connection, error, asyncio.get_running_loop().time())

    async def catch_up(self, connection: Connection) -> int:
        """Bring models that fell behind up from the log; the position that the rest is at."""
        if asyncio.get_running_loop().time() - self._looked_at >= LOOK_S and self._any_held():
            await self._look(connection)
        # One that is held may be anywhere, even where the log has not been.
        going = [live for live in self._live if live.runs] or self._live
        foremost = max(live.position for live in going)
        for live in self._live:
            if live.position == foremost or not self._ready(live):
                continue
            rows = await reader.rows_after(connection, live.position, foremost, CATCH_UP_MAX)
            await self._apply(connection, live, [decode_or_mark(row) for row in rows])
        return foremost

    def _any_held(self) -> bool:
        return any(not live.runs for live in self._live)


async def _decoded(source: Connection, position: int) -> list[Recorded]:
    return [decode_or_mark(row) for row in await reader.rows_after(source, position)]
