"""A durable subscription: batches in position order, gaps filled from PostgreSQL."""

import asyncio
from collections.abc import Callable

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from eventstore import bus, reader
from eventstore.reader import Connection, StoredRow

FETCH_MAX = 1_000
FETCH_WAIT_S = 1.0
ACK_WAIT_S = 60.0


class Subscription:
    """One consumer's place in the log. The consumer's own checkpoint is the truth.

    JetStream wakes and carries the events; whatever it does not have, or delivers out of
    order, is read from the log. `gaps_filled` counts the events that came from there.
    With `pace_s` batches come at most that often: a busy log gives fuller batches.
    """

    def __init__(
        self,
        client: Client,
        durable: str,
        connection: Callable[[], Connection],
        pace_s: float = 0.0,
    ) -> None:
        self._client = client
        self._pace_s = pace_s
        self._next_at = 0.0
        self._durable = durable
        self._connection = connection
        self._pull: JetStreamContext.PullSubscription | None = None
        self.gaps_filled = 0

    async def next_after(self, position: int, limit: int = FETCH_MAX) -> list[StoredRow]:
        """The next rows after `position`; an empty list when nothing came for a while.

        A quiet bus is checked against the log: what was acknowledged and then not applied, or
        never relayed, is found there.
        """
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._next_at - loop.time()))
        messages = await self._fetch(limit)
        self._next_at = loop.time() + self._pace_s
        if not messages:
            rows = await reader.rows_after(self._connection(), position, limit=limit)
            self.gaps_filled += len(rows)
            return rows
        rows = [_row(message) for message in messages]
        await messages[-1].ack()
        last = max(row.position for row in rows)
        expected = range(position + 1, position + 1 + len(rows))
        if [row.position for row in rows] == list(expected):
            return rows
        return await self._from_log(position, last)

    async def _from_log(self, position: int, last: int) -> list[StoredRow]:
        if last <= position:
            return []  # Delivered again.
        rows: list[StoredRow] = []
        while position < last:
            page = await reader.rows_after(self._connection(), position, last)
            if not page:
                break
            rows += page
            position = page[-1].position
        self.gaps_filled += len(rows)
        return rows

    async def _fetch(self, limit: int) -> list[Msg]:
        if self._pull is None:
            self._pull = await self._subscribe()
        try:
            return await self._pull.fetch(limit, timeout=FETCH_WAIT_S)
        except (nats.errors.TimeoutError, TimeoutError):
            return []
        except nats.errors.Error:
            self._pull = None
            raise

    async def _subscribe(self) -> JetStreamContext.PullSubscription:
        jetstream = bus.jetstream_of(self._client)
        await bus.ensure_stream(jetstream)
        try:
            await jetstream.consumer_info(bus.STREAM, self._durable)
        except NotFoundError:
            await jetstream.add_consumer(  # pyright: ignore[reportUnknownMemberType]
                bus.STREAM,
                ConsumerConfig(
                    durable_name=self._durable,
                    ack_policy=AckPolicy.ALL,
                    deliver_policy=DeliverPolicy.ALL,
                    ack_wait=ACK_WAIT_S,
                    max_ack_pending=FETCH_MAX * 4,
                ),
            )
        return await jetstream.pull_subscribe_bind(durable=self._durable, stream=bus.STREAM)


def _row(message: Msg) -> StoredRow:
    headers = bus.headers_of(message)
    return StoredRow(
        int(headers[bus.POSITION]),
        headers[bus.STREAM_ID],
        int(headers[bus.VERSION]),
        headers[bus.NAME],
        message.data,
    )
