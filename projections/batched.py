"""Look-ups by key that many readers make at once, answered together over one connection."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import AsyncConnection

type Connection = AsyncConnection[tuple[Any, ...]]
type Query[T] = Callable[[Connection, Sequence[str]], Awaitable[Mapping[str, T]]]

KEYS_MAX = 256
CONNECT_TIMEOUT_S = 2
# The server is away, or the tables are another version's: no key is to blame.
OF_ALL = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.ProgrammingError)

log = logging.getLogger(__name__)


class BatchedLookup[T]:
    """Everyone who asks while a query is under way shares the next one.

    A reader's query never begins before the reader has asked, so what was waited for is seen. What
    cannot be answered for one key fails for those who asked for that key only.
    """

    def __init__(self, dsn: str, query: Query[T]) -> None:
        self._dsn = dsn
        self._query = query
        self._connection: Connection | None = None
        self._wanted: dict[str, list[asyncio.Future[T | None]]] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="lookup")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._close()

    async def get(self, key: str) -> T | None:
        """What is found under the key. Raises `psycopg.OperationalError` without a server, and
        whatever the query or its decoder raises for this key.
        """
        waiter: asyncio.Future[T | None] = asyncio.get_running_loop().create_future()
        self._wanted.setdefault(key, []).append(waiter)
        self._wake.set()
        return await waiter

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            keys = list(self._wanted)[:KEYS_MAX]
            asked = {key: self._wanted.pop(key) for key in keys}
            if not self._wanted:
                self._wake.clear()
            found = await self._found(keys)
            for key, waiters in asked.items():
                for waiter in waiters:
                    if not waiter.done():
                        _answer(waiter, found.get(key))

    async def _found(self, keys: Sequence[str]) -> Mapping[str, T | Exception]:
        """What is found under each key, or why it is not: this never raises.

        A batch that fails is halved until only the key fails that is the cause.
        """
        try:
            return await self._ask(keys)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next reader is answered
            log.warning("a look-up of %d keys failed: %s", len(keys), type(error).__name__)
            if isinstance(error, OF_ALL):
                await self._close()
                return dict.fromkeys(keys, error)
            if len(keys) <= 1:
                return dict.fromkeys(keys, error)
        half = len(keys) // 2
        return {**await self._found(keys[:half]), **await self._found(keys[half:])}

    async def _ask(self, keys: Sequence[str]) -> Mapping[str, T]:
        if self._connection is None:
            return await self._query(await self._connect(), keys)
        try:
            return await self._query(self._connection, keys)
        except psycopg.OperationalError:
            # The server has been away since: reading may simply be repeated.
            await self._close()
            return await self._query(await self._connect(), keys)

    async def _connect(self) -> Connection:
        self._connection = await AsyncConnection.connect(
            self._dsn, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S
        )
        return self._connection

    async def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(psycopg.Error, OSError):
                await connection.close()


def _answer[T](waiter: asyncio.Future[T | None], found: T | Exception | None) -> None:
    if isinstance(found, Exception):
        waiter.set_exception(found)
    else:
        waiter.set_result(found)
