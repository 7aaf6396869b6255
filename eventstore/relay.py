"""The relay: publishes the log to JetStream in position order, from where it stopped.

One relay is active at a time: it holds an advisory lock, others stand by. It wakes on the
append's NOTIFY.
"""

import asyncio
import logging

import nats.errors
import psycopg
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from psycopg import AsyncConnection

from eventstore import bus, reader
from eventstore.reader import Connection, StoredRow

LOCK = 0x4D41524B
PAGE = 500
WAIT_S = 5.0
RETRY_S = 0.5
PACE_S = 0.01

log = logging.getLogger(__name__)


class MessagesLost(nats.errors.Error):
    """The stream has not stored all that was published: begin again after the last it has.

    Whoever reads the stream sees the gap and fills it from the log.
    """


class Relay:
    def __init__(self, dsn: str, nats_url: str) -> None:
        self._dsn = dsn
        self._nats_url = nats_url
        self._sequence = 0
        self.position = 0
        self.active = False

    async def run(self) -> None:
        """Relay for ever; a lost database or bus is waited for. End it by cancelling."""
        client = await bus.connect(self._nats_url, "relay")
        try:
            while True:
                try:
                    await self._relay(client)
                except (psycopg.OperationalError, nats.errors.Error, OSError) as error:
                    log.warning("the relay waits: %s", type(error).__name__)
                    await asyncio.sleep(RETRY_S)
        finally:
            self.active = False
            await client.close()

    async def _relay(self, client: Client) -> None:
        jetstream = bus.jetstream_of(client)
        async with await AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            await connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            await bus.ensure_stream(jetstream)
            self._sequence, self.position = await last_published(jetstream)
            self.active = True
            await connection.execute("LISTEN log")
            while True:
                rows = await reader.rows_after(connection, self.position, limit=PAGE)
                if rows:
                    await self._publish(client, jetstream, rows)
                    await asyncio.sleep(PACE_S)
                else:
                    await _wait(connection)

    async def _publish(
        self, client: Client, jetstream: JetStreamContext, rows: list[StoredRow]
    ) -> None:
        """Publish a page and wait until the stream has stored the last of it.

        The stream stores in the order of arrival, so one acknowledgement stands for all: its
        sequence says whether any is missing.
        """
        for row in rows[:-1]:
            await client.publish(bus.subject(row.name), row.state, headers=_headers(row))
        last = rows[-1]
        ack = await jetstream.publish(  # pyright: ignore[reportUnknownMemberType]
            bus.subject(last.name), last.state, timeout=WAIT_S * 2, headers=_headers(last)
        )
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


async def last_published(jetstream: JetStreamContext) -> tuple[int, int]:
    """Sequence and position of the last message that the stream has stored, 0 for none."""
    sequence = (await jetstream.stream_info(bus.STREAM)).state.last_seq
    if sequence == 0:
        return 0, 0
    try:
        message = await jetstream.get_msg(bus.STREAM, seq=sequence)
    except NotFoundError:
        return sequence, 0
    return sequence, int(bus.headers_of(message).get(bus.POSITION, "0"))


async def _wait(connection: Connection) -> None:
    async for _ in connection.notifies(timeout=WAIT_S, stop_after=1):
        pass
