"""The part `worker`: makes the calls that dramatiq carries."""

import asyncio
import logging

import msgspec
from dramatiq import Worker

from commands.dispatch import Dispatch
from commands.jobs.provider_calls import ProviderCalls
from commands.provider_call import ProviderCall
from deploy.queue import make_actor, make_broker
from deploy.settings import Settings
from deploy.waiting import waiting
from deploy.wiring import clock, make_pool, make_providers, make_store
from eventstore.away import DATABASE_AWAY
from eventstore.errors import Unavailable

WORKER_THREADS = 8

log = logging.getLogger(__name__)


class ProviderWorker:
    """Builds its store on the loop that dramatiq runs the actors on."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._calls: ProviderCalls | None = None
        self._starting: asyncio.Lock | None = None

    async def work(self, text: str, sweep: int) -> None:
        """What fails comes again: the log says what is owed."""
        call = msgspec.json.decode(text, type=ProviderCall)
        try:
            await (await self._ready()).make(call, sweep)
        except (*DATABASE_AWAY, Unavailable) as error:
            log.warning("%s %s will be tried again: %s", call.kind, call.key, type(error).__name__)

    async def _ready(self) -> ProviderCalls:
        if self._starting is None:
            self._starting = asyncio.Lock()
        async with self._starting:
            if self._calls is None:
                store = make_store(self._settings)
                await store.start()
                # One connection a thread holds a call in hand, one more notes what became of it.
                pool = make_pool(self._settings.database_url, size=WORKER_THREADS + 2)
                await pool.open()
                dispatch = Dispatch(store, self._settings.policy)
                providers = make_providers(self._settings)
                self._calls = ProviderCalls(pool, dispatch, providers, clock)
            return self._calls


async def work(settings: Settings) -> None:
    """The dramatiq worker, its threads in this process."""
    await waiting(settings, "worker", "postgresql", "redis").until_there()
    broker = make_broker(settings.redis_url)
    make_actor(broker, ProviderWorker(settings).work)
    worker = Worker(broker, worker_threads=WORKER_THREADS)
    await asyncio.to_thread(worker.start)
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.to_thread(worker.stop)
        await asyncio.to_thread(broker.close)
