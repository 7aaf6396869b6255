"""Publishes what projections have parked to the NATS stream DEAD_LETTERS."""

import asyncio
import logging

from nats.aio.client import Client
from psycopg import AsyncConnection

from eventstore import bus
from projections.running import parking

LOOK_S = 2.0

log = logging.getLogger(__name__)


async def announce(dsn: str, client: Client) -> None:
    """Until cancelled. Each parked event at least once; NATS drops what comes again soon."""
    jetstream = bus.jetstream_of(client)
    await bus.ensure_dead_letters(jetstream)
    async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
        while True:
            for parked in await parking.unannounced(connection):
                headers = {
                    bus.POSITION: f"{parked.name}:{parked.position}:{parked.parked_at.timestamp()}",
                    bus.STREAM_ID: parked.stream,
                    bus.NAME: parked.event,
                    "Market-Position": str(parked.position),
                    "Market-Error": (parked.error or "waits for an earlier one").splitlines()[0],
                }
                await jetstream.publish(  # pyright: ignore[reportUnknownMemberType]
                    bus.dead_subject(parked.name, parked.event),
                    parked.payload.encode(),
                    headers=headers,
                )
                await parking.announced(connection, parked)
            await asyncio.sleep(LOOK_S)
