"""dramatiq on Redis: carries calls to the outside from the processes to the worker."""

from collections.abc import Awaitable, Callable
from threading import Lock
from typing import Any

import dramatiq
from dramatiq import Broker, Worker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import default_middleware
from dramatiq.middleware.asyncio import AsyncIO

TIME_LIMIT_MS = 120_000
ANSWER_S = 3


class OneLoop(AsyncIO):
    """One event loop for all workers of a process, from the first's start to the last's end.

    dramatiq's own makes one for each worker and ends whichever came last: the others' threads
    would keep the process from ending.
    """

    def __init__(self) -> None:
        super().__init__()
        self._workers = 0
        self._lock = Lock()

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        with self._lock:
            if not self._workers:
                super().before_worker_boot(broker, worker)  # type: ignore[no-untyped-call]
            self._workers += 1

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        with self._lock:
            self._workers -= 1
            if not self._workers:
                super().after_worker_shutdown(broker, worker)  # type: ignore[no-untyped-call]


def with_timeouts(redis_url: str) -> str:
    """A Redis that takes a connection and does not answer is as good as none."""
    joint = "&" if "?" in redis_url else "?"
    return f"{redis_url}{joint}socket_timeout={ANSWER_S}&socket_connect_timeout={ANSWER_S}"


def make_broker(redis_url: str) -> RedisBroker:
    """Without dramatiq's own retries: the log says what is still owed, and when."""
    wanted = [
        middleware()
        for middleware in default_middleware
        if middleware.__name__ not in {"Retries", "Prometheus"}
    ]
    broker = RedisBroker(  # type: ignore[no-untyped-call]
        url=with_timeouts(redis_url), middleware=[*wanted, OneLoop()]
    )
    dramatiq.set_broker(broker)
    return broker


def make_actor(broker: RedisBroker, name: str, work: Callable[[str, int], Awaitable[None]]) -> Any:
    """The actor of one provider, with a queue of its own, both of this name.

    `work` gets a call as JSON, and whether it is only looked up.
    """

    async def make_call(call: str, sweep: int = 0) -> None:
        await work(call, sweep)

    declare = dramatiq.actor(
        broker=broker,
        queue_name=name,
        actor_name=name,
        time_limit=TIME_LIMIT_MS,
    )
    return declare(make_call)
