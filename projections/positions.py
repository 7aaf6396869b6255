"""Knows how far each read model has got, by notification, and waits for positions."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable, Mapping

import msgspec
import psycopg
from psycopg import AsyncConnection

from projections.checkpoints import Connection, model_of

ALL = "SELECT name, position FROM projection.checkpoint"
RETRY_S = 0.5
POLL_S = 2.0
RATE_OVER_S = 10.0
MARK_EVERY_S = 1.0

log = logging.getLogger(__name__)


class Waiter(msgspec.Struct, frozen=True, eq=False):
    """Somebody who wants models to have passed a position."""

    names: tuple[str, ...]
    position: int
    passed: asyncio.Future[None]


class Positions:
    """One LISTENing connection feeds any number of waiting readers.

    A model that several processes share has got as far as its last part.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._parts: dict[str, dict[str, int]] = {}
        self._positions: dict[str, int] = {}
        self._marks: dict[str, deque[tuple[float, int]]] = {}
        self._waiters: set[Waiter] = set()
        self._task: asyncio.Task[None] | None = None
        self.known = False
        """Whether the database tells them right now; without it they are what was true last."""

    def now(self) -> Mapping[str, int]:
        return self._positions

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="positions")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def behind(self, names: Iterable[str], position: int) -> dict[str, int]:
        """How many events each model that has not passed `position` still lacks."""
        return {
            name: position - self._positions.get(name, 0)
            for name in names
            if self._positions.get(name, 0) < position
        }

    async def wait(self, names: Iterable[str], position: int, within_s: float) -> dict[str, int]:
        """Until every model has passed `position`, or for `within_s`; answers what is behind."""
        wanted = tuple(names)
        if not self.behind(wanted, position):
            return {}
        waiter = Waiter(wanted, position, asyncio.get_running_loop().create_future())
        self._waiters.add(waiter)
        try:
            async with asyncio.timeout(within_s):
                await waiter.passed
        except TimeoutError:
            pass
        finally:
            self._waiters.discard(waiter)
        return self.behind(wanted, position)

    def rates(self) -> Mapping[str, float]:
        """Events a second of each model over the last seconds."""
        now = asyncio.get_running_loop().time()
        found: dict[str, float] = {}
        for name, marks in self._marks.items():
            since, before = next(
                (mark for mark in marks if now - mark[0] <= RATE_OVER_S), (now, marks[-1][1])
            )
            passed = self._positions.get(name, before) - before
            found[name] = max(passed, 0) / max(now - since, MARK_EVERY_S)
        return found

    async def _run(self) -> None:
        while True:
            try:
                async with await AsyncConnection.connect(self._dsn, autocommit=True) as connection:
                    await connection.execute("LISTEN projected")
                    while True:
                        await self._read(connection)
                        self.known = True
                        await self._listen(connection)
            except psycopg.Error as error:
                self.known = False
                log.warning("positions wait for the database: %s", type(error).__name__)
                await asyncio.sleep(RETRY_S)

    async def _read(self, connection: Connection) -> None:
        """All of them: parts may have come or gone."""
        cursor = await connection.execute(ALL)
        self._parts = {}
        for name, position in await cursor.fetchall():
            self._parts.setdefault(model_of(name), {})[name] = int(position)
        self._note(self._parts)

    async def _listen(self, connection: Connection) -> None:
        """Notifications for a while; then the table is read again."""
        async for notify in connection.notifies(timeout=POLL_S):
            name, _, position = notify.payload.rpartition(":")
            self._parts.setdefault(model_of(name), {})[name] = int(position)
            self._note([model_of(name)])

    def _note(self, models: Iterable[str]) -> None:
        now = asyncio.get_running_loop().time()
        for model in models:
            position = min(self._parts[model].values())
            self._positions[model] = position
            marks = self._marks.setdefault(model, deque(maxlen=int(RATE_OVER_S / MARK_EVERY_S) + 2))
            if not marks or now - marks[-1][0] >= MARK_EVERY_S:
                marks.append((now, position))
        for waiter in [w for w in self._waiters if not self.behind(w.names, w.position)]:
            self._waiters.discard(waiter)
            if not waiter.passed.done():
                waiter.passed.set_result(None)
