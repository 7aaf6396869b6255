"""Keeps the read models of one store up with the log."""

import asyncio
import logging
from collections.abc import Sequence

import nats.errors
import psycopg
from nats.aio.client import Client
from psycopg import AsyncConnection

from eventstore.subscription import Subscription
from projections.applier import Applier
from projections.model import Model

RETRY_S = 1.0

log = logging.getLogger(__name__)


class ProjectionRunner:
    """One durable consumer and the models that it feeds.

    It first drains the log itself: the bus has only the newest, and a batch a page is faster.
    """

    def __init__(
        self,
        dsn: str,
        client: Client,
        durable: str,
        models: Sequence[Model],
        pace_s: float = 0.0,
    ) -> None:
        self._dsn = dsn
        self._pace_s = pace_s
        self._client = client
        self._durable = durable
        self._models = models
        self.gaps_filled = 0

    async def run(self) -> None:
        """Run until cancelled; lost servers are waited for."""
        while True:
            try:
                await self._run()
            except (psycopg.OperationalError, nats.errors.Error, OSError) as error:
                log.warning("%s waits: %s", self._durable, type(error).__name__)
                await asyncio.sleep(RETRY_S)

    async def _run(self) -> None:
        applier = Applier(self._models, self._durable)
        async with await AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            await applier.begin(connection)
            async with await AsyncConnection.connect(self._dsn, autocommit=True) as source:
                position = await applier.drain(connection, source)
            subscription = Subscription(
                self._client, self._durable, lambda: connection, self._pace_s
            )
            while True:
                rows = await subscription.next_after(position)
                self.gaps_filled = subscription.gaps_filled
                if rows:
                    await applier.apply(connection, rows)
                position = await applier.catch_up(connection)
