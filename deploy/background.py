"""The long-running parts besides the APIs: relay and projectors; what all of them share."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import nats.errors
import psycopg
import uvloop
from psycopg import AsyncConnection

from deploy import collector
from deploy.dead_letters import announce
from deploy.service import MarketService
from deploy.settings import Settings
from eventstore import bus
from eventstore.consumer import Consumer, Feed
from eventstore.errors import Unavailable
from eventstore.relay import Relay
from projections.catalogue import DURABLE, PACE_S, models
from projections.rebuilding.rebuild import Rebuild, silently
from projections.running.parts import PartOf
from projections.running.runner import ProjectionRunner

RETRY_S = 0.5
LOST = (psycopg.OperationalError, nats.errors.Error, Unavailable, OSError)

log = logging.getLogger(__name__)

type Connection = AsyncConnection[tuple[Any, ...]]


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
    await Relay(settings.database_url, settings.nats_url).run()


async def project(settings: Settings) -> None:
    """Every read model; the stores share one durable consumer and have a pace each."""
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
            group.create_task(again(feed.run))
            group.create_task(again(lambda: MarketService(dsn, by_name).run(client)))
            group.create_task(again(lambda: announce(dsn, client)))
            for store, fed in by_store.items():
                runner = ProjectionRunner(dsn, feed, store, fed, PACE_S[store], rebuild)
                group.create_task(runner.run(), name=store)
    finally:
        await client.close()


async def project_part(settings: Settings, name: str, part: int, parts: int) -> None:
    """One process's share of one read model, fed by a durable consumer of its own."""
    client = await bus.connect(settings.nats_url, f"projectors-{name}-{part}")
    feed = Feed(Consumer(client, f"{DURABLE}-{name}-{part}-{parts}"))
    by_store = models(settings.clickhouse_url, settings.meilisearch_url, settings.meilisearch_key)
    (model,) = (model for model in by_store["postgresql"] if model.name == name)
    share = PartOf(model, part, parts)
    runner = ProjectionRunner(
        settings.database_url, feed, share.name, [share], PACE_S["postgresql"]
    )
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(again(feed.run))
            group.create_task(runner.run(), name=share.name)
    finally:
        await client.close()


async def again(work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
        except LOST as error:
            log.warning("waiting: %s", type(error).__name__)
            await asyncio.sleep(RETRY_S)
