"""A log in a real PostgreSQL, a real JetStream, and the relay, consumers and readers between them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from nats.aio.client import Client
from nats.js.api import ConsumerInfo
from psycopg import AsyncConnection

from eventstore import bus
from eventstore.consumer import Consumer, Source
from eventstore.reader import Connection
from eventstore.relay import Relay
from eventstore.subscription import Subscription

WITHIN_S = 30.0
DURABLE = "readers"


async def read_up_to(subscription: Subscription, seen: int, position: int) -> int:
    """However many a fetch brings."""
    while seen < position:
        rows = await subscription.next_after(seen, position - seen)
        seen = rows[-1].position if rows else seen
    assert seen == position
    return seen


class Ground:
    """A log, the bus, and what a test looks at."""

    def __init__(self, dsn: str, nats_url: str, client: Client, connection: Connection) -> None:
        self.dsn, self.nats_url = dsn, nats_url
        self.client, self.connection = client, connection
        self.jetstream = bus.jetstream_of(client)
        self.told: list[str] = []

    @asynccontextmanager
    async def relaying(self) -> AsyncIterator[Relay]:
        relay = Relay(self.dsn, self.nats_url, self.told.append)
        task = asyncio.create_task(relay.run())
        try:
            yield relay
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def relayed(self, position: int) -> None:
        async with self.relaying() as relay:
            await until(lambda: relay.position >= position)

    async def positions(self) -> list[int]:
        """Of all messages that the stream has, in its order."""
        state = (await self.jetstream.stream_info(bus.STREAM)).state
        events = [
            await bus.event_at(self.jetstream, sequence)
            for sequence in range(max(state.first_seq, 1), state.last_seq + 1)
        ]
        return [event.position for event in events if event]

    async def window_passed(self) -> int:
        """Until the stream takes a message for new that it has had; the last sequence then."""
        while True:
            ack = await self.jetstream.publish("events.probe", headers={bus.POSITION: "probe"})
            if not ack.duplicate and await self._probes() > 1:
                return ack.seq
            await asyncio.sleep(0.02)

    async def _probes(self) -> int:
        info = await self.jetstream.stream_info(bus.STREAM, subjects_filter="events.probe")
        return (info.state.subjects or {}).get("events.probe", 0)

    async def consumer(self) -> ConsumerInfo:
        return await self.jetstream.consumer_info(bus.STREAM, DURABLE)

    def subscription(self, source: Source | None = None) -> Subscription:
        return Subscription(source or Consumer(self.client, DURABLE), lambda: self.connection)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not is_so():
            await asyncio.sleep(0.01)


def play(dsn: str, nats_url: str, work: Callable[[Ground], Awaitable[None]]) -> None:
    async def run() -> None:
        client = await bus.connect(nats_url, "test")
        try:
            async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
                ground = Ground(dsn, nats_url, client, connection)
                await bus.ensure_stream(ground.jetstream)
                try:
                    async with asyncio.timeout(WITHIN_S * 2):
                        await work(ground)
                finally:
                    await ground.jetstream.delete_stream(bus.STREAM)
        finally:
            await client.close()

    asyncio.run(run())
