"""A durable JetStream consumer of the log, and a feed that several readers share."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Sequence
from itertools import dropwhile, islice
from typing import Protocol

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from eventstore import bus
from eventstore.limits import EVENT_BYTES_MAX, PAGE_BYTES
from eventstore.reader import StoredRow, within

FETCH_MAX = 500
# Of the largest there are, as many as make a page: nothing is known of them yet.
FETCH_FIRST = PAGE_BYTES // EVENT_BYTES_MAX
FETCH_WAIT_S = 1.0
FETCH_PACE_S = 0.015
ACK_WAIT_S = 60.0
FORGET = 0.98
BUFFER_MAX = 2_000
BUFFER_BYTES_MAX = 16 * 1024 * 1024
FAR = FETCH_MAX * 4
LOOK_S = 5.0

log = logging.getLogger(__name__)


class Source(Protocol):
    """Where a subscription gets what the bus carries."""

    async def take(self, after: int, limit: int) -> list[StoredRow]:
        """Rows as the bus has them, perhaps with gaps or again; none when it is quiet."""
        ...


class Fetches:
    """How many messages to ask for: as many of the largest seen lately as make a page.

    The client cannot ask for so many bytes. A message's size is forgotten slowly, so that large
    ones that come now and then do not come by the hundred. The first are few, and each may bring
    twice as many as the one before.
    """

    def __init__(self) -> None:
        self._largest = 0.0
        self._most = FETCH_FIRST

    def at_most(self, limit: int) -> int:
        return max(1, min(limit, self._most, int(PAGE_BYTES / max(self._largest, 1.0))))

    def saw(self, messages: Sequence[Msg]) -> None:
        self._most = min(self._most * 2, FETCH_MAX)
        largest = max((len(message.data) for message in messages), default=0)
        self._largest = max(largest, self._largest * FORGET)


class Consumer:
    """One durable pull consumer. What it delivers is acknowledged at once: the reader's own
    checkpoint is the truth, and what was not applied is found in the log.

    Where it stands is no truth either: it is made, or made again, near the reader's position.
    """

    def __init__(self, client: Client, durable: str) -> None:
        self._client = client
        self._jetstream = bus.jetstream_of(client)
        self._durable = durable
        self._pull: JetStreamContext.PullSubscription | None = None
        self._fetches = Fetches()
        self._looked_at = self._moved_at = -LOOK_S

    async def take(self, after: int, limit: int) -> list[StoredRow]:
        messages = await self._fetch(after, limit)
        if not messages:
            await self._look()
            return []
        await messages[-1].ack()
        rows = [row for message in messages if (row := bus.event_of(message))]
        if rows and rows[-1].position + FAR < after:
            await self._move(after)
        return rows

    async def _fetch(self, after: int, limit: int) -> list[Msg]:
        if self._pull is None:
            self._pull = await self._subscribe(after)
        try:
            messages = await self._pull.fetch(self._fetches.at_most(limit), timeout=FETCH_WAIT_S)
        except (nats.errors.TimeoutError, TimeoutError):
            return []
        except nats.errors.Error as error:
            # Such as nobody who answers for a consumer that was deleted.
            log.warning("the consumer %s: %s", self._durable, type(error).__name__)
            await self._let_go()
            return []
        self._fetches.saw(messages)
        return messages

    async def _look(self) -> None:
        """Silence may mean that somebody has deleted the consumer, or the stream with it."""
        now = asyncio.get_running_loop().time()
        if now - self._looked_at < LOOK_S:
            return
        self._looked_at = now
        try:
            await self._jetstream.consumer_info(bus.STREAM, self._durable)
        except NotFoundError:
            log.warning("the consumer %s is gone and is made again", self._durable)
            await self._let_go()
        except (nats.errors.Error, TimeoutError):
            return  # The bus is away: it comes back by itself.

    async def _move(self, after: int) -> None:
        """Over all that the reader has passed: fetching it would take longer than reading on.

        Not again and again: the bus itself may be far behind the log, and be catching up.
        """
        now = asyncio.get_running_loop().time()
        if now - self._moved_at < LOOK_S:
            return
        self._moved_at = now
        log.warning("the consumer %s is moved near position %d", self._durable, after)
        await self._let_go()
        with contextlib.suppress(NotFoundError):
            await self._jetstream.delete_consumer(bus.STREAM, self._durable)

    async def _let_go(self) -> None:
        """Of the present pull: the next fetch binds anew."""
        pull, self._pull = self._pull, None
        if pull is not None:
            with contextlib.suppress(nats.errors.Error):
                await pull.unsubscribe()

    async def _subscribe(self, after: int) -> JetStreamContext.PullSubscription:
        await bus.ensure_stream(self._jetstream)
        try:
            await self._jetstream.consumer_info(bus.STREAM, self._durable)
        except NotFoundError:
            start = await self._start_near(after)
            policy = DeliverPolicy.BY_START_SEQUENCE if start else DeliverPolicy.ALL
            await self._jetstream.add_consumer(  # pyright: ignore[reportUnknownMemberType]
                bus.STREAM,
                ConsumerConfig(
                    durable_name=self._durable,
                    ack_policy=AckPolicy.ALL,
                    deliver_policy=policy,
                    opt_start_seq=start,
                    ack_wait=ACK_WAIT_S,
                    max_ack_pending=FETCH_MAX * 4,
                ),
            )
        return await self._jetstream.pull_subscribe_bind(durable=self._durable, stream=bus.STREAM)

    async def _start_near(self, after: int) -> int | None:
        """The sequence of what follows `after`, as positions and sequences count alike.

        They need not: a message too early is passed over, one too late is found in the log.
        """
        last_sequence = (await self._jetstream.stream_info(bus.STREAM)).state.last_seq
        last = await bus.event_at(self._jetstream, last_sequence) if after else None
        if last is None:
            return None
        return max(last_sequence - max(last.position - after, 0) + 1, 1)


class Feed:
    """What one consumer delivers, kept for a while for every reader of the process.

    A message costs more to receive than to apply: stores that are fed from one process share it.
    """

    def __init__(self, consumer: Source) -> None:
        self._consumer = consumer
        self._rows: deque[StoredRow] = deque()
        self._bytes = 0
        self._arrived = asyncio.Event()
        self._foremost = 0

    async def run(self) -> None:
        """Until cancelled. Raises what the bus raises."""
        while True:
            # The foremost reader's place: those behind it read the log anyway.
            foremost, self._foremost = self._foremost, 0
            rows = await self._consumer.take(foremost, FETCH_MAX)
            if rows:
                self._keep(rows)
                self._arrived.set()
                self._arrived = asyncio.Event()
            if len(rows) < FETCH_MAX:
                await asyncio.sleep(
                    FETCH_PACE_S
                )  # A fetch costs as much as the messages it brings.

    def _keep(self, rows: list[StoredRow]) -> None:
        """Without holes: rows that do not follow on what is kept take its place."""
        for row in rows:
            last = self._rows[-1].position if self._rows else row.position - 1
            if row.position <= last and not self._is_another(row):
                continue  # Delivered again.
            if row.position != last + 1:
                self._rows.clear()
                self._bytes = 0
            self._rows.append(row)
            self._bytes += len(row.state)
        # A reader that comes too late reads the log.
        while len(self._rows) > BUFFER_MAX or self._bytes > BUFFER_BYTES_MAX:
            self._bytes -= len(self._rows.popleft().state)

    def _is_another(self, row: StoredRow) -> bool:
        """Whether another event is kept at its position: of a log that was longer than this."""
        at = row.position - self._rows[0].position
        return at >= 0 and self._rows[at].state != row.state

    async def take(self, after: int, limit: int) -> list[StoredRow]:
        self._foremost = max(self._foremost, after)
        if not self._rows or self._rows[-1].position <= after:
            try:
                await asyncio.wait_for(self._arrived.wait(), FETCH_WAIT_S)
            except TimeoutError:
                return []
        newer = dropwhile(lambda row: row.position <= after, self._newest(after))
        return within(islice(newer, limit))

    def _newest(self, after: int) -> list[StoredRow]:
        """The end of what is kept, from `after` on: readers that keep up look at little."""
        if not self._rows:
            return []
        wanted = min(self._rows[-1].position - after, len(self._rows))
        return list(islice(reversed(self._rows), max(wanted, 0)))[::-1]
