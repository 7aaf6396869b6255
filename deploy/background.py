"""The long-running parts besides the APIs: relay and projectors; what all of them share."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import uvloop

from deploy import collector
from deploy.dead_letters import announce
from deploy.service import MarketService
from deploy.settings import Settings
from deploy.waiting import Waiting, waiting
from deploy.wiring import make_store
from eventstore import bus
from eventstore.away import SERVERS_AWAY
from eventstore.consumer import Consumer, Feed
from eventstore.errors import Unavailable
from eventstore.likeness import OlderLog
from eventstore.relay import Relay
from eventstore.store import EventStore
from projections.rebuilding.rebuild import Rebuild, silently
from projections.running.parts import PartOf
from projections.running.runner import ProjectionRunner
from projections.stores.models import DURABLE, PACE_S, models

RETRY_S = 0.5
OLDER_S = 10.0
LOST = (*SERVERS_AWAY, Unavailable)

log = logging.getLogger(__name__)


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run until SIGTERM or SIGINT, then cancel and wait."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    collector.settle(collector.WORKING)
    uvloop.run(_until_told(main()))


async def _until_told(main: Coroutine[Any, Any, None]) -> None:
    task = asyncio.create_task(main)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        return


async def relay(settings: Settings) -> None:
    waits = waiting(settings, "relay", "postgresql", "nats")
    await waits.until_there()
    await Relay(settings.database_url, settings.nats_url, waits.teller("relay")).run()


async def project(settings: Settings) -> None:
    """Every read model; the stores share one durable consumer and have a pace each."""
    waits = waiting(settings, "projectors", "postgresql", "nats")
    await waits.until_there()
    client = await bus.connect(settings.nats_url, "projectors")
    dsn = settings.database_url
    feed = Feed(Consumer(client, DURABLE))
    by_store = models(settings.clickhouse_url, settings.meilisearch_url, settings.meilisearch_key)
    by_name = {model.name: model for fed in by_store.values() for model in fed}

    async def rebuild(name: str) -> None:
        done = await Rebuild(dsn, by_name[name], silently).run()
        log.info("%s is at version %d, position %d", name, done.version, done.position)

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(again(feed.run, waits))
            group.create_task(again(lambda: MarketService(dsn, by_name).run(client), waits))
            group.create_task(again(lambda: announce(dsn, client), waits))
            for store, fed in by_store.items():
                runner = ProjectionRunner(
                    dsn, feed, store, fed, PACE_S[store], rebuild, waits.teller(store)
                )
                group.create_task(runner.run(), name=store)
    finally:
        await client.close()


async def project_part(settings: Settings, name: str, part: int, parts: int) -> None:
    """One process's share of one read model, fed by a durable consumer of its own."""
    waits = waiting(settings, f"projectors-{name}-{part}", "postgresql", "nats")
    await waits.until_there()
    client = await bus.connect(settings.nats_url, f"projectors-{name}-{part}")
    feed = Feed(Consumer(client, f"{DURABLE}-{name}-{part}-{parts}"))
    by_store = models(settings.clickhouse_url, settings.meilisearch_url, settings.meilisearch_key)
    (model,) = (model for model in by_store["postgresql"] if model.name == name)
    share = PartOf(model, part, parts)
    runner = ProjectionRunner(
        *(settings.database_url, feed, share.name, [share], PACE_S["postgresql"]),
        standing=waits.teller(share.name),
    )
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(again(feed.run, waits))
            group.create_task(runner.run(), name=share.name)
    finally:
        await client.close()


async def started(settings: Settings, waits: Waiting) -> EventStore:
    """A store on a database that may not be there yet, or be gone again at once."""
    while True:
        await waits.until_there()
        store = make_store(settings)
        try:
            await store.start()
        except LOST:
            await store.stop()
        else:
            return store


async def again(work: Callable[[], Awaitable[None]], waits: Waiting) -> None:
    """Work that ends when a server is lost begins again when all that it needs are back."""
    while True:
        try:
            await work()
        except LOST as error:
            log.warning("waiting: %s", type(error).__name__)
            await waits.until_there()
            await asyncio.sleep(RETRY_S)
        except OlderLog as error:
            # For good, until an operator has seen to it and starts the part again.
            waits.teller("log")(str(error))
            await asyncio.sleep(OLDER_S)
