"""The part `worker`: makes the calls that dramatiq carries."""

import asyncio
import logging
from functools import partial

from dramatiq import Worker

from commands.dispatch import Dispatch
from commands.outside.calls import Calls
from commands.outside.port import Outside
from commands.records.record import Records
from deploy.queue import make_actor, make_broker
from deploy.settings import Settings
from deploy.waiting import waiting
from deploy.wiring import clock, make_dispatch, make_outsides, make_pool, make_store
from eventstore.away import DATABASE_AWAY
from eventstore.errors import Unavailable

# Of each provider: one that is slow holds up nobody else.
WORKER_THREADS = 8

log = logging.getLogger(__name__)


class CallWorker:
    """Builds its store on the loop that dramatiq runs the actors on."""

    def __init__(self, settings: Settings, outsides: list[Outside], records: Records) -> None:
        self._settings = settings
        self._records = records
        self._outsides = outsides
        self._calls: dict[str, Calls] = {}
        self._starting: asyncio.Lock | None = None

    async def work(self, outside: Outside, text: str, sweep: int) -> None:
        """What fails comes again: the log says what is owed."""
        call = outside.port.decode(text.encode())
        try:
            await (await self._ready())[outside.name].make(call, sweep)
        except (*DATABASE_AWAY, Unavailable) as error:
            log.warning("%s %s will be tried again: %s", call.kind, call.key, type(error).__name__)

    async def _ready(self) -> dict[str, Calls]:
        if self._starting is None:
            self._starting = asyncio.Lock()
        async with self._starting:
            if not self._calls:
                store = make_store(self._settings)
                await store.start()
                await self._records.open()
                dispatch = make_dispatch(self._settings, store, self._records)
                self._calls = {
                    outside.name: await self._made(dispatch, outside) for outside in self._outsides
                }
            return self._calls

    async def _made(self, dispatch: Dispatch, outside: Outside) -> Calls:
        # One connection a thread holds a call in hand, one more notes what became of it.
        pool = make_pool(self._settings.database_url, size=WORKER_THREADS + 2)
        await pool.open()
        return Calls(pool, dispatch, outside, clock)


async def work(settings: Settings) -> None:
    """A dramatiq worker a provider, their threads in this process."""
    await waiting(settings, "worker", "postgresql", "redis").until_there()
    broker = make_broker(settings.redis_url)
    # Opened on the loop that dramatiq runs the actors on.
    records = make_pool(settings.database_url)
    outsides = make_outsides(settings, records)
    calls = CallWorker(settings, outsides, records)
    for outside in outsides:
        make_actor(broker, outside.name, partial(calls.work, outside))
    workers = [
        Worker(broker, queues={outside.name}, worker_threads=WORKER_THREADS) for outside in outsides
    ]
    for worker in workers:
        await asyncio.to_thread(worker.start)
    try:
        await asyncio.Event().wait()
    finally:
        await asyncio.gather(*(asyncio.to_thread(worker.stop) for worker in workers))
        await asyncio.to_thread(broker.close)
