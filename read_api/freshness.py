"""How far behind the stores are that a read has waited for in vain."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from eventstore import reader
from eventstore.unreadable import decode_or_mark
from projections.positions import Positions

MEASURED_FOR_S = 0.5

type Connection = AsyncConnection[tuple[Any, ...]]


class StoreLag(msgspec.Struct, frozen=True, kw_only=True):
    """A read model that has not passed `Read-After`: what it lacks, and for how long."""

    read_model: str
    store: str
    position: int
    events: int
    seconds: float


class Freshness:
    """Measures lags for many at once: one query a while, however many readers ask.

    `store_of` says in which store each read model lives.
    """

    def __init__(
        self,
        positions: Positions,
        pool: AsyncConnectionPool[Any],
        store_of: Mapping[str, str],
    ) -> None:
        self._positions = positions
        self._store_of = store_of
        self._pool = pool
        self._turn = asyncio.Lock()
        self._measured: dict[str, tuple[float, float]] = {}

    async def lags(self, names: Iterable[str], after: int, now: datetime) -> list[StoreLag]:
        """Of the models that have not passed `after`."""
        behind = self._positions.behind(names, after)
        seconds = await self._seconds(behind, now)
        return [
            StoreLag(
                read_model=name,
                store=self._store_of[name],
                position=self._positions.now().get(name, 0),
                events=events,
                seconds=seconds.get(name, 0.0),
            )
            for name, events in sorted(behind.items())
        ]

    async def _seconds(self, names: Iterable[str], now: datetime) -> dict[str, float]:
        async with self._turn:
            loop_now = asyncio.get_running_loop().time()
            known = {
                name: seconds
                for name, (at, seconds) in self._measured.items()
                if loop_now - at < MEASURED_FOR_S
            }
            missing = [name for name in names if name not in known]
            if missing:
                async with self._pool.connection() as connection:
                    for name in missing:
                        known[name] = await self._since(connection, name, now)
                        self._measured[name] = (loop_now, known[name])
        return known

    async def _since(self, connection: Connection, name: str, now: datetime) -> float:
        """Since when the oldest event that the model lacks is in the log; 0 if it lacks none."""
        position = self._positions.now().get(name, 0)
        rows = await reader.rows_after(connection, position, position + 1, 1)
        if not rows:
            return 0.0
        recorded_at = decode_or_mark(rows[0]).envelope.recorded_at
        return round(max((now - recorded_at).total_seconds(), 0.0), 3)
