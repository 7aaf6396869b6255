"""Several workers in one process: one loop for what they do, and no thread left when they end."""

import asyncio
from threading import enumerate as threads

from dramatiq import Worker
from dramatiq.asyncio import EventLoopThread
from dramatiq.brokers.stub import StubBroker
from dramatiq.middleware import TimeLimit

from deploy.queue import OneLoop, make_actor

PROVIDERS = ("slow", "swift")


def _loops() -> list[EventLoopThread]:
    return [thread for thread in threads() if isinstance(thread, EventLoopThread)]


def test_workers_share_a_loop_that_ends_with_the_last_of_them() -> None:
    broker = StubBroker(middleware=[TimeLimit(), OneLoop()])
    seen: list[asyncio.AbstractEventLoop] = []

    async def work(call: str, sweep: int) -> None:
        seen.append(asyncio.get_running_loop())

    actors = [make_actor(broker, name, work) for name in PROVIDERS]
    workers = [
        Worker(broker, queues={name}, worker_threads=1, worker_timeout=50) for name in PROVIDERS
    ]
    for worker in workers:
        worker.start()
    for actor in actors:
        actor.send("{}")
        broker.join(actor.queue_name)
    workers[0].stop()
    actors[1].send("{}")
    broker.join(actors[1].queue_name)
    workers[1].stop()

    assert len(seen) == 3
    assert len(set(seen)) == 1
    assert _loops() == []
