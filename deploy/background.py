"""What the long-running parts without a port share: they run until told, and wait for servers."""

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any

import uvloop

from deploy import collector
from deploy.settings import Settings
from deploy.stack_state import StackFolder
from deploy.waiting import Waiting
from deploy.wiring import make_store
from eventstore.away import SERVERS_AWAY
from eventstore.errors import Unavailable
from eventstore.likeness import OlderLog
from eventstore.store import EventStore

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


@contextmanager
def announced(settings: Settings, name: str) -> Generator[None]:
    """A part without a port says that it runs by its pid."""
    file = StackFolder(settings.data).run / f"{name}.pid"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(str(os.getpid()))
    yield
    file.unlink(missing_ok=True)
