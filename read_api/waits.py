"""Reads that wait for the read models: a few a caller, and only for what the log holds."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from http import HTTPStatus
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from eventstore import reader
from projections.positions import Positions
from read_api.refused import ReadRefused

WAITS_MAX = 32
"""At once, of one caller: a role and a subject."""

type Caller = tuple[str, str]
type Receive = Callable[[], Awaitable[Any]]


class LogHead:
    """How far the log is at least, asked once for all who ask meanwhile."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self._pool = pool
        self._turn = asyncio.Lock()
        self._position = 0
        self._asked = 0
        self._failure: psycopg.Error | None = None

    async def has(self, position: int) -> bool:
        """Whether the log holds the position, as of a moment after the call.

        Raises `ReadRefused` if the log does not answer: to all who ask meanwhile.
        """
        if position <= self._position:
            return True
        # A question that is under way may have been answered before this call.
        enough = self._asked + 1 + self._turn.locked()
        while self._asked < enough:
            async with self._turn:
                if self._asked < enough:
                    await self._ask()
        if self._failure is not None:
            raise ReadRefused(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "unavailable",
                "The log does not answer.",
                retry_after_s=1,
            ) from self._failure
        return position <= self._position

    async def _ask(self) -> None:
        try:
            async with self._pool.connection() as connection:
                # It goes back where an older log was restored.
                self._position = await reader.head(connection)
        except psycopg.Error as error:
            self._failure = error
        else:
            self._failure = None
        self._asked += 1


class Waits:
    """Waits that end with their time, with the position reached, or with their client."""

    def __init__(self, positions: Positions, pool: AsyncConnectionPool[Any]) -> None:
        self._positions = positions
        self._head = LogHead(pool)
        self._waiting: Counter[Caller] = Counter()

    async def wait(
        self, caller: Caller, names: Iterable[str], after: int, within_s: float, receive: Receive
    ) -> dict[str, int]:
        """What is still behind, and by how many events. Raises `ReadRefused`."""
        if self._waiting[caller] >= WAITS_MAX:
            raise ReadRefused(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too-many-waits",
                f"{WAITS_MAX} reads of yours wait for their Read-After already.",
                retry_after_s=1,
            )
        self._waiting[caller] += 1
        try:
            if not await self._head.has(after):
                raise ReadRefused(
                    HTTPStatus.BAD_REQUEST,
                    "invalid-request",
                    "is beyond the log: no answer has given this position",
                    field="read-after",
                )
            return await self._while_there(names, after, within_s, receive)
        finally:
            self._waiting[caller] -= 1
            if not self._waiting[caller]:
                del self._waiting[caller]

    async def _while_there(
        self, names: Iterable[str], after: int, within_s: float, receive: Receive
    ) -> dict[str, int]:
        waiting = asyncio.ensure_future(self._positions.wait(names, after, within_s))
        leaving = asyncio.ensure_future(_until_gone(receive))
        try:
            await asyncio.wait((waiting, leaving), return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                raise ReadRefused(
                    HTTPStatus.SERVICE_UNAVAILABLE,
                    "client-left",
                    "The client left while it waited.",
                )
            return waiting.result()
        finally:
            waiting.cancel()
            leaving.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
