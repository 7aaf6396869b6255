"""The relay: publishes the log to JetStream in position order, from where it stopped.

One relay is active at a time: it holds an advisory lock, others stand by. It wakes on the
append's NOTIFY.
"""

import asyncio
from collections.abc import Callable

import nats.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from psycopg import AsyncConnection

from eventstore import bus, likeness, reader
from eventstore.away import SERVERS_AWAY, silently, what_is_away
from eventstore.likeness import OlderLog
from eventstore.reader import Connection, StoredRow

LOCK = 0x4D41524B
PAGE = 500
WAIT_S = 5.0
RETRY_S = 0.5
PACE_S = 0.01
KEEP_EVERY_S = 1.0

KEPT = "SELECT position FROM relay_checkpoint"
KEEP = (
    "INSERT INTO relay_checkpoint (position) VALUES (%s)"
    " ON CONFLICT (singleton) DO UPDATE SET position = excluded.position"
)


class MessagesLost(nats.errors.Error):
    """The stream has not stored all that was published: begin again after the last it has.

    Whoever reads the stream sees the gap and fills it from the log.
    """


class Relay:
    """`standing` is told what it waits for, and '' when it waits no longer."""

    def __init__(self, dsn: str, nats_url: str, standing: Callable[[str], None] = silently) -> None:
        self._dsn = dsn
        self._nats_url = nats_url
        self._standing = standing
        self._sequence = 0
        self._kept_at = 0.0
        self.position = 0
        self.active = False

    async def run(self) -> None:
        """Relay for ever; a lost database or bus is waited for. End it by cancelling.

        On a log that is older than what the bus has it stands still until the bus is emptied.
        """
        client = await bus.connect(self._nats_url, "relay")
        try:
            while True:
                try:
                    await self._relay(client)
                except SERVERS_AWAY as error:
                    await self._rest(what_is_away(error))
                except OlderLog as error:
                    await self._rest(str(error))
        finally:
            self.active = False
            await client.close()

    async def _rest(self, why: str) -> None:
        self.active = False
        self._standing(why)
        await asyncio.sleep(RETRY_S)

    async def _relay(self, client: Client) -> None:
        jetstream = bus.jetstream_of(client)
        async with await AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            # A checkpoint that is lost is one a second older: more is published again.
            await connection.execute("SET synchronous_commit = off")
            await self._its_turn(connection)
            await bus.ensure_stream(jetstream)
            self._sequence, self.position = await last_published(jetstream, connection)
            self._kept_at = 0.0
            self.active = True
            self._standing("")
            await connection.execute("LISTEN log")
            while True:
                rows = await reader.rows_after(connection, self.position, limit=PAGE)
                if rows:
                    await self._publish(client, jetstream, rows)
                    await self._keep(connection)
                    await asyncio.sleep(PACE_S)
                else:
                    await _wait(connection)

    async def _its_turn(self, connection: Connection) -> None:
        cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        if await cursor.fetchone() != (True,):
            self._standing("its turn: another relay is active")
            await connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])

    async def _keep(self, connection: Connection) -> None:
        """Once a second at most: the bus knows better as long as it has the last message."""
        now = asyncio.get_running_loop().time()
        if now - self._kept_at >= KEEP_EVERY_S:
            self._kept_at = now
            await connection.execute(KEEP, [self.position])

    async def _publish(
        self, client: Client, jetstream: JetStreamContext, rows: list[StoredRow]
    ) -> None:
        """Publish a page and wait until the stream has stored the last of it.

        The stream stores in the order of arrival, so one acknowledgement stands for all: its
        sequence says whether any is missing. A last one that the stream knows already was
        published before, with all before it.
        """
        for row in rows[:-1]:
            await client.publish(bus.subject(row.name), row.state, headers=_headers(row))
        last = rows[-1]
        ack = await jetstream.publish(  # pyright: ignore[reportUnknownMemberType]
            bus.subject(last.name), last.state, timeout=WAIT_S * 2, headers=_headers(last)
        )
        if not ack.duplicate:
            stored, self._sequence = ack.seq - self._sequence, ack.seq
            if stored != len(rows):
                raise MessagesLost(f"{stored} of {len(rows)} messages were stored")
        self.position = last.position


def _headers(row: StoredRow) -> dict[str, str]:
    return {
        bus.POSITION: str(row.position),
        bus.STREAM_ID: row.stream,
        bus.VERSION: str(row.version),
        bus.NAME: row.name,
    }


async def last_published(jetstream: JetStreamContext, connection: Connection) -> tuple[int, int]:
    """The stream's last sequence, and the position of the last event that it has or had.

    Its last message says so. When that is gone (deleted, purged, too old, or the stream was made
    anew) the relay's own checkpoint does; what was published after it is published again, and
    readers pass over it. Raises `OlderLog` when the log has not the event of the last message.
    """
    sequence = (await jetstream.stream_info(bus.STREAM)).state.last_seq
    last = await bus.event_at(jetstream, sequence)
    if last is None:
        kept, head = await checkpoint(connection), await reader.head(connection)
        if kept > head:
            raise OlderLog(f"the relay was at {kept}, and the log ends at {head}: {likeness.DO}")
        return sequence, kept
    await likeness.check(connection, last, "the bus")
    return sequence, last.position


async def checkpoint(connection: Connection) -> int:
    """Up to where the relay has published, by what it kept itself."""
    row = await (await connection.execute(KEPT)).fetchone()
    return int(row[0]) if row else 0


async def _wait(connection: Connection) -> None:
    async for _ in connection.notifies(timeout=WAIT_S, stop_after=1):
        pass
