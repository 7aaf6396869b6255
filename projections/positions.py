"""Knows how far each read model has got, by notification, and waits for positions."""

import asyncio
import logging
from collections.abc import Iterable, Mapping

import psycopg
from psycopg import AsyncConnection

from projections.checkpoints import Connection

ALL = "SELECT name, position FROM projection.checkpoint"
RETRY_S = 0.5
POLL_S = 2.0

log = logging.getLogger(__name__)


class Positions:
    """One LISTENing connection feeds any number of waiting readers."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._positions: dict[str, int] = {}
        self._moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

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
        names = list(names)
        try:
            async with asyncio.timeout(within_s):
                while self.behind(names, position):
                    await self._moved.wait()
        except TimeoutError:
            pass
        return self.behind(names, position)

    async def _run(self) -> None:
        while True:
            try:
                async with await AsyncConnection.connect(self._dsn, autocommit=True) as connection:
                    await connection.execute("LISTEN projected")
                    while True:
                        await self._read(connection)
                        await self._listen(connection)
            except psycopg.Error as error:
                log.warning("positions wait for the database: %s", type(error).__name__)
                await asyncio.sleep(RETRY_S)

    async def _read(self, connection: Connection) -> None:
        cursor = await connection.execute(ALL)
        self._note({str(name): int(position) for name, position in await cursor.fetchall()})

    async def _listen(self, connection: Connection) -> None:
        """Notifications until none comes for a while; then the table is read again."""
        async for notify in connection.notifies(timeout=POLL_S):
            name, _, position = notify.payload.rpartition(":")
            self._note({name: int(position)})

    def _note(self, positions: Mapping[str, int]) -> None:
        self._positions.update(positions)
        self._moved.set()
        self._moved = asyncio.Event()
