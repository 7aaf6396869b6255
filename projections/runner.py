"""Keeps the read models of one store up with the log."""

import asyncio
import logging
from collections.abc import Sequence

import nats.errors
import psycopg
from psycopg import AsyncConnection

from eventstore.consumer import Source
from eventstore.subscription import Subscription
from projections.applier import Applier
from projections.model import Model

RETRY_S = 1.0

log = logging.getLogger(__name__)


class ProjectionRunner:
    """The models of one store and what feeds them.

    It first drains the log itself: the bus has only the newest, and a batch a page is faster.
    """

    def __init__(
        self,
        dsn: str,
        source: Source,
        name: str,
        models: Sequence[Model],
        pace_s: float = 0.0,
    ) -> None:
        self._dsn = dsn
        self._pace_s = pace_s
        self._source = source
        self._name = name
        self._models = models
        self.gaps_filled = 0

    async def run(self) -> None:
        """Run until cancelled; lost servers are waited for."""
        while True:
            try:
                await self._run()
            except (psycopg.OperationalError, nats.errors.Error, OSError) as error:
                log.warning("%s waits: %s", self._name, type(error).__name__)
                await asyncio.sleep(RETRY_S)

    async def _run(self) -> None:
        applier = Applier(self._models, self._name)
        async with await AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            # Rows and checkpoint are lost together, if at all, and are made again from the log:
            # the disk is for the log's commits.
            await connection.execute("SET synchronous_commit = off")
            await applier.begin(connection)
            async with await AsyncConnection.connect(self._dsn, autocommit=True) as source:
                position = await applier.drain(connection, source)
            subscription = Subscription(self._source, lambda: connection, self._pace_s)
            while True:
                rows = await subscription.next_after(position)
                self.gaps_filled = subscription.gaps_filled
                if rows:
                    await applier.apply(connection, rows)
                position = await applier.catch_up(connection)
