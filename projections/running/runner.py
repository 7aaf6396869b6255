"""Keeps the read models of one store up with the log."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from psycopg import AsyncConnection

from eventstore.away import SERVERS_AWAY, silently, what_is_away
from eventstore.consumer import Source
from eventstore.subscription import Subscription
from projections import checkpoints
from projections.checkpoints import Connection
from projections.model import Applied
from projections.running.applier import LOOK_S, Applier

RETRY_S = 1.0
REBUILD_AGAIN_S = 10.0

type RebuildOne = Callable[[str], Awaitable[object]]

log = logging.getLogger(__name__)


class ProjectionRunner:
    """The models of one store and what feeds them.

    It first drains the log itself: the bus has only the newest, and a batch a page is faster.
    `rebuild`, if given, brings models whose rows an older version has made up to this version,
    one after the other, while the others go on. `standing` is told what the runner waits for,
    and '' when it waits no longer.
    """

    def __init__(
        self,
        dsn: str,
        source: Source,
        name: str,
        models: Sequence[Applied],
        pace_s: float = 0.0,
        rebuild: RebuildOne | None = None,
        standing: Callable[[str], None] = silently,
    ) -> None:
        self._dsn = dsn
        self._pace_s = pace_s
        self._source = source
        self._name = name
        self._models = models
        self._rebuild = rebuild
        self._standing = standing

    async def run(self) -> None:
        """Run until cancelled; lost servers are waited for."""
        while True:
            try:
                await self._run()
            except SERVERS_AWAY as error:
                self._standing(what_is_away(error))
                log.warning("%s waits: %s", self._name, type(error).__name__)
                await asyncio.sleep(RETRY_S)

    async def _run(self) -> None:
        applier = Applier(self._models, self._name)
        async with await AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            # Rows and checkpoint are lost together, if at all, and are made again from the log:
            # the disk is for the log's commits.
            await connection.execute("SET synchronous_commit = off")
            await applier.begin(connection)
            self._standing("")
            rebuilding = asyncio.create_task(self._bring_up(applier.of_older_version()))
            try:
                await self._follow(applier, connection)
            finally:
                rebuilding.cancel()
                await asyncio.gather(rebuilding, return_exceptions=True)

    async def _follow(self, applier: Applier, connection: Connection) -> None:
        async with await AsyncConnection.connect(self._dsn, autocommit=True) as source:
            position = await applier.drain(connection, source)
        subscription = Subscription(self._source, lambda: connection, self._pace_s)
        filled = 0
        while True:
            if applier.rests:
                await asyncio.sleep(LOOK_S)
            else:
                rows = await subscription.next_after(position)
                if rows:
                    await applier.apply(connection, rows)
                if subscription.gaps_filled != filled:
                    gaps = subscription.gaps_filled - filled
                    await checkpoints.count_gaps(connection, applier.names, gaps)
                    filled = subscription.gaps_filled
            position = await applier.catch_up(connection)

    async def _bring_up(self, older: Sequence[Applied]) -> None:
        for model in older:
            if self._rebuild is None:
                log.error("%s waits for a rebuild to version %d", model.name, model.version)
                continue
            while True:
                try:
                    await self._rebuild(model.name)
                except Exception:
                    log.exception("%s is not rebuilt yet; reads stay on the old rows", model.name)
                    await asyncio.sleep(REBUILD_AGAIN_S)
                else:
                    break
