"""The store's two connections: one that commits and recovers, one that loads streams."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg import AsyncConnection

from eventstore.batch import Outcome
from eventstore.codec import decode_state
from eventstore.heads import Fold, Head, Heads

RETRY_S = 0.2
CONNECT_TIMEOUT_S = 5

OWN_BACKEND = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
# A pid alone may be somebody else's after a restart of the server.
END_BACKEND = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE pid = %s AND backend_start = %s"
)
HEAD = "SELECT position FROM log_head"
LOCKED_HEAD = "SELECT position FROM log_head FOR UPDATE"
FIRST_ANSWERS = (
    "SELECT command_id, body_hash, position, answer FROM command_log WHERE command_id = ANY(%s)"
)
STREAMS = (
    "SELECT originator_id, originator_version, topic, state FROM stored_events"
    " WHERE originator_id = ANY(%s) ORDER BY originator_id, originator_version"
)

type FirstAnswers = dict[str, tuple[bytes, Outcome]]
type Rows = AsyncConnection[tuple[Any, ...]]

log = logging.getLogger(__name__)


class Connector:
    """Keeps one autocommit connection."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: Rows | None = None
        self._backend: tuple[Any, ...] = (0, None)

    @property
    def connection(self) -> Rows:
        if self._connection is None:
            raise psycopg.OperationalError("not connected")
        return self._connection

    async def connect(self) -> Rows:
        await self.close()
        self._connection = await AsyncConnection.connect(
            self._dsn,
            autocommit=True,
            prepare_threshold=0,
            connect_timeout=CONNECT_TIMEOUT_S,
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=3,
            tcp_user_timeout=10_000,
        )
        self._backend = await _one(self._connection, OWN_BACKEND)
        return self._connection

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def position(self, connection: Rows) -> int:
        return int((await _one(connection, HEAD))[0])

    async def locked_position(self, connection: Rows) -> int:
        return int((await _one(connection, LOCKED_HEAD))[0])

    async def recover(
        self, command_ids: Sequence[str]
    ) -> tuple[int, dict[str, tuple[bytes, Outcome]]]:
        """Reconnect, however long it takes, and find what became of the commands.

        The old backend is ended first and the head's lock taken, so that no transaction of
        ours can still commit after the answer.
        """
        old_backend = self._backend
        while True:
            try:
                connection = await self.connect()
                await connection.execute(END_BACKEND, old_backend)
                async with connection.transaction():
                    position = int((await _one(connection, LOCKED_HEAD))[0])
                    cursor = await connection.execute(FIRST_ANSWERS, [list(command_ids)])
                    rows = await cursor.fetchall()
            except psycopg.OperationalError:
                await asyncio.sleep(RETRY_S)
            else:
                return position, {
                    str(command_id): (bytes(body_hash), Outcome(int(at), bytes(answer)))
                    for command_id, body_hash, at, answer in rows
                }


async def _one(connection: Rows, query: LiteralString) -> tuple[Any, ...]:
    cursor = await connection.execute(query)
    row = await cursor.fetchone()
    assert row is not None
    return row


class Loader:
    """Loads streams into heads; all that are wanted at a time in one query."""

    def __init__(self, connector: Connector, fold: Fold, heads: Heads) -> None:
        self._connector = connector
        self._fold = fold
        self._heads = heads
        self._wanted: dict[str, asyncio.Future[None]] = {}
        self._stale: set[str] = set()
        self._loading: set[str] = set()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="loader")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._connector.close()

    def changed(self, streams: Iterable[str]) -> None:
        """Somebody else wrote these: a load of them that is under way must be repeated."""
        self._stale.update(self._loading.intersection(streams))

    def changed_all(self) -> None:
        self._stale.update(self._loading)

    async def load(self, streams: Sequence[str]) -> None:
        """Raises `psycopg.OperationalError` when the database cannot be reached."""
        loop = asyncio.get_running_loop()
        waits: list[asyncio.Future[None]] = []
        for stream in streams:
            wait = self._wanted.get(stream)
            if wait is None:
                wait = self._wanted[stream] = loop.create_future()
            waits.append(wait)
        self._wake.set()
        await asyncio.gather(*(asyncio.shield(wait) for wait in waits))

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            wanted, self._wanted = self._wanted, {}
            await self._try(wanted)
            self._loading = set()

    async def _try(self, wanted: dict[str, asyncio.Future[None]]) -> None:
        try:
            await self._load_all(wanted)
        except psycopg.OperationalError as error:
            await self._connector.close()
            _fail(wanted, error)
        except Exception as error:  # noqa: BLE001 - handed to everyone who waits
            if len(wanted) == 1:
                _fail(wanted, error)
            else:  # One of them is at fault: each on its own.
                for stream, wait in wanted.items():
                    await self._try({stream: wait})

    async def _load_all(self, wanted: dict[str, asyncio.Future[None]]) -> None:
        self._loading = set(wanted)
        while self._loading:
            self._stale = set()
            heads = await self._read(list(self._loading))
            for stream in self._loading - self._stale:
                if stream not in self._heads:
                    self._heads.put(stream, heads[stream])
                if not wanted[stream].done():
                    wanted[stream].set_result(None)
            self._loading = self._stale

    async def _read(self, streams: list[str]) -> dict[str, Head]:
        try:
            return await self._read_from(self._connector.connection, streams)
        except psycopg.OperationalError:
            # Never connected, or the server has been away: reading may simply be repeated.
            return await self._read_from(await self._connector.connect(), streams)

    async def _read_from(self, connection: Rows, streams: list[str]) -> dict[str, Head]:
        heads = {stream: Head(0, self._fold.initial(stream)) for stream in streams}
        async with connection.cursor(binary=True) as cursor:
            await cursor.execute(STREAMS, [streams], prepare=True)
            async for stream, version, name, state in cursor:
                head = heads[str(stream)]
                event = decode_state(str(name), bytes(state)).data
                heads[str(stream)] = Head(
                    int(version),
                    self._fold.evolve(head.state, event),
                )
        return heads


def _fail(wanted: dict[str, asyncio.Future[None]], error: Exception) -> None:
    for wait in wanted.values():
        if not wait.done():
            wait.set_exception(error)
            wait.exception()
