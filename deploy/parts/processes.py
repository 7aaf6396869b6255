"""The part `processes`: process managers, deadlines, the inbox, and what is owed to providers.

Each has a loop and connections of its own: a provider that hangs, or a Redis that takes a call
and never answers, holds up no deadline.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec
import redis.exceptions
from dramatiq.brokers.redis import RedisBroker
from psycopg import AsyncConnection

from commands.dispatch import Dispatch
from commands.jobs.job import Tools
from commands.outside import deliveries, owed
from commands.outside.call import OutsideCall
from commands.outside.owed import Pool
from commands.outside.port import Outside
from commands.outside.translate import AT_ONCE, Translator
from commands.process_managers import managers_of
from commands.runner.bell import Bell
from commands.runner.deadlines import fire_due
from commands.runner.process_runner import ProcessRunner
from commands.runner.scheduler import Scheduler
from commands.scheduled_jobs import JOBS
from deploy.background import again, started
from deploy.queue import make_actor, make_broker
from deploy.settings import Settings
from deploy.waiting import Waiting, waiting
from deploy.wiring import clock, make_dispatch, make_outsides, make_pool
from eventstore import bus
from eventstore.consumer import Consumer
from eventstore.subscription import Subscription

TICK_S = 0.2
UNCALLED_S = 1.0
JOBS_S = 5.0
RETRY_S = 1.0
EVENTS_PACE_S = 0.04
CALLS_MAX = 200
SWEPT_MAX = 10

log = logging.getLogger(__name__)

type Turn = Callable[[], Awaitable[int]]

type Connection = AsyncConnection[tuple[Any, ...]]


async def work(settings: Settings) -> None:
    """Until cancelled; a lost server is waited for."""
    waits = waiting(settings, "processes", "postgresql", "nats")
    store = await started(settings, waits)
    broker = make_broker(settings.redis_url)
    try:
        async with make_pool(settings.database_url) as pool, asyncio.TaskGroup() as group:
            dispatch = make_dispatch(settings, store, pool)
            group.create_task(again(lambda: _events(settings, dispatch), waits))
            group.create_task(again(lambda: _deadlines(settings, dispatch), waits))
            outsides = make_outsides(settings, pool)
            jobs = partial(_jobs, settings, pool, dispatch, outsides)
            group.create_task(again(jobs, waits))
            bell = Bell((owed.CHANNEL, deliveries.CHANNEL))
            group.create_task(again(lambda: _listen(settings, bell), waits))
            for outside in outsides:
                calls = partial(_calls, settings, broker, outside, bell.hears(owed.CHANNEL))
                group.create_task(again(calls, waits), name=outside.name)
                if outside.delivering is not None:
                    group.create_task(_inbox(settings, dispatch, outside, waits, bell))
    finally:
        await store.stop()


async def _events(settings: Settings, dispatch: Dispatch) -> None:
    managers = managers_of(settings.policy)
    runner = ProcessRunner(managers, dispatch)
    client = await bus.connect(settings.nats_url, "processes")
    try:
        async with await _connected(settings) as connection:
            await runner.resume(connection)
            subscription = Subscription(
                Consumer(client, "processes"), lambda: connection, EVENTS_PACE_S
            )
            retry_at = 0.0
            while True:
                rows = await subscription.next_after(runner.position)
                if rows:
                    await runner.apply(connection, rows)
                if time.monotonic() >= retry_at:
                    await runner.retry(connection)
                    retry_at = time.monotonic() + RETRY_S
    finally:
        await client.close()


async def _connected(settings: Settings) -> Connection:
    return await AsyncConnection.connect(settings.database_url, autocommit=True)


async def _deadlines(settings: Settings, dispatch: Dispatch) -> None:
    managers = managers_of(settings.policy)
    async with await _connected(settings) as connection:
        while True:
            await fire_due(connection, dispatch, managers, clock())
            await asyncio.sleep(TICK_S)


async def _jobs(
    settings: Settings, pool: Pool, dispatch: Dispatch, outsides: Sequence[Outside]
) -> None:
    async with await _connected(settings) as connection:
        tools = Tools(
            pool=pool,
            dispatch=dispatch,
            outsides=tuple(outsides),
            policy=settings.policy,
            clock=clock,
        )
        scheduler = Scheduler(connection, JOBS, tools)
        await scheduler.resume()
        while True:
            await scheduler.turn()
            await asyncio.sleep(JOBS_S)


async def _listen(settings: Settings, bell: Bell) -> None:
    async with await _connected(settings) as connection:
        await bell.listen(connection)


async def _whenever(rung: asyncio.Event, turn: Turn) -> None:
    """At once when the bell rings, until there is nothing more; else every second, since what
    was tried in vain rings no bell when it is due again.
    """
    while True:
        rung.clear()
        if not await turn():
            with suppress(TimeoutError):
                await asyncio.wait_for(rung.wait(), UNCALLED_S)


async def _inbox(
    settings: Settings, dispatch: Dispatch, outside: Outside, waits: Waiting, bell: Bell
) -> None:
    rung = bell.hears(deliveries.CHANNEL)
    async with make_pool(settings.database_url, size=AT_ONCE + 1) as pool:
        translator = Translator(pool, dispatch, outside, clock)
        await again(lambda: _whenever(rung, translator.turn), waits)


async def _calls(
    settings: Settings, broker: RedisBroker, outside: Outside, rung: asyncio.Event
) -> None:
    """What is owed goes to the queue; what Redis does not take, or loses, comes up again."""
    actor = make_actor(broker, outside.name, _never)
    port, provider = outside.port, outside.provider
    async with await _connected(settings) as connection:

        async def turn() -> int:
            due = await owed.due(connection, port, provider, CALLS_MAX)
            left = await _enqueue_all(actor, due)
            if left:
                await owed.not_taken(connection, left)
                return 0
            for call, sweep in await owed.silent(connection, port, provider, SWEPT_MAX):
                await _enqueue(actor, call, sweep)
            return len(due)

        await _whenever(rung, turn)


async def _never(_: str, __: int) -> None:
    raise AssertionError("calls are made by the worker")


async def _enqueue_all(actor: Any, calls: Sequence[OutsideCall]) -> Sequence[OutsideCall]:
    """Those that the queue did not take; after the first of them none is tried."""
    for number, call in enumerate(calls):
        if not await _enqueue(actor, call, 0):
            return calls[number:]
    return ()


async def _enqueue(actor: Any, call: OutsideCall, sweep: int) -> bool:
    try:
        await asyncio.to_thread(actor.send, msgspec.json.encode(call).decode(), sweep)
    except redis.exceptions.RedisError as error:
        log.warning("the queue did not take a call: %s", type(error).__name__)
        return False
    return True
