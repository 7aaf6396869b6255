"""The part `projectors`: every read model is kept up with the log."""

import asyncio
import logging

from deploy.background import again
from deploy.dead_letters import announce
from deploy.service import MarketService
from deploy.settings import Settings
from deploy.waiting import waiting
from eventstore import bus
from eventstore.consumer import Consumer, Feed
from projections.rebuilding.rebuild import Rebuild, silently
from projections.running.parts import PartOf
from projections.running.runner import ProjectionRunner
from projections.stores.models import DURABLE, PACE_S, models

log = logging.getLogger(__name__)


async def work(settings: Settings) -> None:
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


async def work_on_part(settings: Settings, name: str, part: int, parts: int) -> None:
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
