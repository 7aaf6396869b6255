"""The long-running parts besides the APIs: relay, projectors, processes, worker."""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import httpx
import msgspec
import nats.errors
import psycopg
import redis.exceptions
import uvloop
from dramatiq import Worker
from psycopg import AsyncConnection

from commands.dispatch import Dispatch
from commands.gateways.port import OutcomeUnknown, Unreachable
from commands.jobs.provider_calls import ProviderCalls
from commands.processes.call_provider import CallProvider
from commands.processes.cancel_unpaid_order import CancelUnpaidOrder
from commands.processes.pay_out_on_schedule import PayOutOnSchedule
from commands.processes.refund_cancelled_order import RefundCancelledOrder
from commands.processes.release_escrow_after_acceptance import ReleaseEscrowAfterAcceptance
from commands.provider_call import ProviderCall
from commands.runner import process_tables
from commands.runner.deadlines import fire_due
from commands.runner.process_runner import ProcessRunner
from commands.runner.translate import translate_inbox
from deploy import collector
from deploy.dead_letters import announce
from deploy.queue import make_actor, make_broker
from deploy.service import MarketService
from deploy.settings import Settings
from deploy.wiring import clock, make_providers, make_store
from eventstore import bus
from eventstore.consumer import Consumer, Feed
from eventstore.errors import Unavailable
from eventstore.relay import Relay
from eventstore.subscription import Subscription
from projections.catalogue import DURABLE, PACE_S, models
from projections.rebuilding.rebuild import Rebuild, silently
from projections.running.parts import PartOf
from projections.running.runner import ProjectionRunner

TICK_S = 0.2
EVENTS_PACE_S = 0.04
RETRY_S = 0.5
CALLS_MAX = 200
WORKER_THREADS = 8
PAYOUT_PROVIDER = "sandbox"
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
            group.create_task(_again(feed.run))
            group.create_task(_again(lambda: MarketService(dsn, by_name).run(client)))
            group.create_task(_again(lambda: announce(dsn, client)))
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
            group.create_task(_again(feed.run))
            group.create_task(runner.run(), name=share.name)
    finally:
        await client.close()


async def processes(settings: Settings) -> None:
    """Process managers, deadlines, the inbox and what is owed to providers."""
    store = make_store(settings)
    await store.start()
    dispatch = Dispatch(store, settings.policy)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_again(lambda: _events(settings, dispatch)))
            group.create_task(_again(lambda: _ticks(settings, dispatch)))
    finally:
        await store.stop()


async def _again(work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
        except LOST as error:
            log.warning("waiting: %s", type(error).__name__)
            await asyncio.sleep(RETRY_S)


async def _events(settings: Settings, dispatch: Dispatch) -> None:
    runner = ProcessRunner(
        [
            ReleaseEscrowAfterAcceptance(),
            CancelUnpaidOrder(),
            RefundCancelledOrder(),
            PayOutOnSchedule(settings.payout_interval_s, PAYOUT_PROVIDER),
            CallProvider(),
        ],
        dispatch,
        clock,
    )
    client = await bus.connect(settings.nats_url, "processes")
    try:
        async with await AsyncConnection.connect(
            settings.database_url, autocommit=True
        ) as connection:
            await runner.resume(connection)
            subscription = Subscription(
                Consumer(client, "processes"), lambda: connection, EVENTS_PACE_S
            )
            while True:
                rows = await subscription.next_after(runner.position)
                if rows:
                    await runner.apply(connection, rows)
    finally:
        await client.close()


async def _ticks(settings: Settings, dispatch: Dispatch) -> None:
    """Deadlines, deliveries and owed calls, several times a second."""
    providers = make_providers(settings)
    actor = make_actor(make_broker(settings.redis_url), _never)
    async with await AsyncConnection.connect(settings.database_url, autocommit=True) as connection:
        while True:
            now = clock()
            await fire_due(connection, dispatch, now)
            await translate_inbox(connection, dispatch, providers, now)
            for call in await process_tables.calls_due(connection, now, CALLS_MAX):
                await _enqueue(actor, call)
            await asyncio.sleep(TICK_S)


async def _never(_: str) -> None:
    raise AssertionError("calls are made by the worker")


async def _enqueue(actor: Any, call: ProviderCall) -> None:
    """What Redis does not take, or loses, comes up again: the table knows it is not done."""
    try:
        await asyncio.to_thread(actor.send, msgspec.json.encode(call).decode())
    except redis.exceptions.RedisError as error:
        log.warning("the queue did not take a call: %s", type(error).__name__)


class ProviderWorker:
    """Builds its store on the loop that dramatiq runs the actors on."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._calls: ProviderCalls | None = None
        self._starting: asyncio.Lock | None = None

    async def work(self, text: str) -> None:
        call = msgspec.json.decode(text, type=ProviderCall)
        calls = await self._ready()
        try:
            await calls.make(call)
        except (Unreachable, OutcomeUnknown, Unavailable, httpx.HTTPError) as error:
            log.warning("%s %s will be tried again: %s", call.kind, call.key, type(error).__name__)

    async def _ready(self) -> ProviderCalls:
        if self._starting is None:
            self._starting = asyncio.Lock()
        async with self._starting:
            if self._calls is None:
                store = make_store(self._settings)
                await store.start()
                dispatch = Dispatch(store, self._settings.policy)
                self._calls = ProviderCalls(dispatch, make_providers(self._settings), clock)
            return self._calls


async def work(settings: Settings) -> None:
    """The dramatiq worker, its threads in this process."""
    broker = make_broker(settings.redis_url)
    make_actor(broker, ProviderWorker(settings).work)
    worker = Worker(broker, worker_threads=WORKER_THREADS)
    await asyncio.to_thread(worker.start)
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.to_thread(worker.stop)
        await asyncio.to_thread(broker.close)
