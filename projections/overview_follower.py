"""Keeps the state of all read models at hand, so that whoever scrapes it asks nothing."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from psycopg import AsyncConnection

from projections import control
from projections.checkpoints import Connection
from projections.control import Overview

EVERY_S = 2.0
CONNECT_TIMEOUT_S = 2

log = logging.getLogger(__name__)


class OverviewFollower:
    """Asks every `EVERY_S` over a connection of its own, however often it is looked at."""

    def __init__(
        self, dsn: str, versions: Mapping[str, int], clock: Callable[[], datetime]
    ) -> None:
        self._dsn = dsn
        self._versions = versions
        self._clock = clock
        self._seen: Overview | None = None
        self._task: asyncio.Task[None] | None = None

    def now(self) -> Overview | None:
        """As it was at most `EVERY_S` ago; None while the database does not answer."""
        return self._seen

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="overview")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                async with await AsyncConnection.connect(
                    self._dsn, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S
                ) as connection:
                    await self._follow(connection)
            except Exception as error:  # noqa: BLE001 - the next look may find what this did not
                log.warning("the overview waits: %s", type(error).__name__)
                self._seen = None
            await asyncio.sleep(EVERY_S)

    async def _follow(self, connection: Connection) -> None:
        while True:
            self._seen = await control.overview(connection, self._clock(), self._versions)
            await asyncio.sleep(EVERY_S)
