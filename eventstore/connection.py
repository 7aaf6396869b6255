"""The store's two connections: one that commits and recovers, one that loads streams."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg import AsyncConnection

from eventstore.away import DATABASE_AWAY
from eventstore.batch import Outcome
from eventstore.codec import decode_state
from eventstore.foreign import Foreign, advanced
from eventstore.heads import Fold, Head, Heads

RETRY_S = 0.2
CONNECT_TIMEOUT_S = 5

OWN_BACKEND = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
# A pid alone may be somebody else's after a restart of the server.
END_BACKEND = (
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
    " WHERE pid = %s AND backend_start = %s"
)
# Who holds the head's lock and is gone, or stands still, must not stop the other writers.
SESSION: tuple[LiteralString, ...] = (
    "SET idle_in_transaction_session_timeout = '10s'",
    "SET tcp_keepalives_idle = 5",
    "SET tcp_keepalives_interval = 2",
    "SET tcp_keepalives_count = 3",
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
        )
        for setting in SESSION:
            await self._connection.execute(setting)
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
        # An id that is no text was never committed, and cannot be asked for.
        known_ids = [command_id for command_id in command_ids if is_text(command_id)]
        while True:
            try:
                connection = await self.connect()
                await connection.execute(END_BACKEND, old_backend)
                async with connection.transaction():
                    position = int((await _one(connection, LOCKED_HEAD))[0])
                    cursor = await connection.execute(FIRST_ANSWERS, [known_ids])
                    rows = await cursor.fetchall()
            except psycopg.Error as error:
                # A standby that takes no writes is as good as a server that is not there.
                log.warning("the event store is not back yet: %s", type(error).__name__)
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
        self._told: dict[str, list[Foreign]] = {}
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

    def told(self, foreign: Iterable[Foreign]) -> None:
        """Somebody else wrote these: a load that is under way may lie before them."""
        for event in foreign:
            if event.stream in self._loading:
                self._told.setdefault(event.stream, []).append(event)

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
        wanted: dict[str, asyncio.Future[None]] = {}
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                wanted, self._wanted = self._wanted, {}
                await self._try(wanted)
                self._loading = set()
        finally:
            _fail(self._wanted | wanted, psycopg.OperationalError("the event store is closed"))

    async def _try(self, wanted: dict[str, asyncio.Future[None]]) -> None:
        try:
            await self._load_all(wanted)
        except DATABASE_AWAY as error:
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
            self._stale, self._told = set(), {}
            heads = await self._read(list(self._loading))
            for stream in self._loading - self._stale:
                head = self._past_told(stream, heads[stream])
                if head is None:
                    self._stale.add(stream)
                    continue
                if stream not in self._heads:
                    self._heads.put(stream, head)
                if not wanted[stream].done():
                    wanted[stream].set_result(None)
            self._loading = self._stale

    def _past_told(self, stream: str, head: Head) -> Head | None:
        """Advanced by what others wrote while it was loaded; None when it must be read again."""
        further: Head | None = head
        for event in self._told.pop(stream, ()):
            further = advanced(further, event, self._fold) if further else None
        return further

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
                    max(head.weight, len(state)),
                )
        return heads


def is_text(text: str) -> bool:
    """Whether PostgreSQL can hold it."""
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:
        return False


def _fail(wanted: dict[str, asyncio.Future[None]], error: Exception) -> None:
    for wait in wanted.values():
        if not wait.done():
            wait.set_exception(error)
            wait.exception()
