"""The relay: publishes the log to JetStream in position order, from where it stopped.

One relay is active at a time: it holds an advisory lock, others stand by. It wakes on the
append's NOTIFY.
"""

import asyncio
import logging

import nats.errors
import psycopg
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


class Relay:
    def __init__(self, dsn: str, nats_url: str) -> None:
        self._dsn = dsn
        self._nats_url = nats_url
        self.position = 0
        self.active = False

    async def run(self) -> None:
        """Relay for ever; a lost database or bus is waited for. End it by cancelling."""
        client = await bus.connect(self._nats_url, "relay")
        try:
            while True:
                try:
                    await self._relay(bus.jetstream_of(client))
                except (psycopg.OperationalError, nats.errors.Error, OSError) as error:
                    log.warning("the relay waits: %s", type(error).__name__)
                    await asyncio.sleep(RETRY_S)
        finally:
            self.active = False
            await client.close()

    async def _relay(self, jetstream: JetStreamContext) -> None:
        async with await AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            await connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
            await bus.ensure_stream(jetstream)
            self.position = await last_published(jetstream)
            self.active = True
            await connection.execute("LISTEN log")
            while True:
                rows = await reader.rows_after(connection, self.position, limit=PAGE)
                if rows:
                    await self._publish(jetstream, rows)
                    await asyncio.sleep(PACE_S)
                else:
                    await _wait(connection)

    async def _publish(self, jetstream: JetStreamContext, rows: list[StoredRow]) -> None:
        """Publish a page and wait for every acknowledgement before the next."""
        acks = [
            await jetstream.publish_async(  # pyright: ignore[reportUnknownMemberType]
                bus.subject(row.name),
                row.state,
                headers={
                    bus.POSITION: str(row.position),
                    bus.STREAM_ID: row.stream,
                    bus.VERSION: str(row.version),
                    bus.NAME: row.name,
                },
            )
            for row in rows
        ]
        await asyncio.wait_for(asyncio.gather(*acks), timeout=WAIT_S * 2)
        self.position = rows[-1].position


async def last_published(jetstream: JetStreamContext) -> int:
    """The position of the last message that the stream has stored, 0 for none."""
    info = await jetstream.stream_info(bus.STREAM)
    if info.state.last_seq == 0:
        return 0
    try:
        message = await jetstream.get_msg(bus.STREAM, seq=info.state.last_seq)
    except NotFoundError:
        return 0
    return int(bus.headers_of(message).get(bus.POSITION, "0"))


async def _wait(connection: Connection) -> None:
    async for _ in connection.notifies(timeout=WAIT_S, stop_after=1):
        pass
