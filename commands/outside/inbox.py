"""The webhook inbox: verify, store raw, answer; translate when there is time."""

from collections.abc import Mapping
from datetime import datetime

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from commands.outside.deliveries import CHANNEL
from commands.outside.port import Acknowledgement, Delivering

STORE = (
    "WITH new AS (INSERT INTO webhook_inbox (provider, external_id, received_at, body)"
    " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING provider)"
    " SELECT pg_notify(%s, provider) FROM new"
)

type Pool = AsyncConnectionPool[AsyncConnection[tuple[object, ...]]]


class Inbox:
    """Stores each delivery once under (provider, external id)."""

    def __init__(self, pool: Pool, providers: Mapping[str, Delivering]) -> None:
        self._pool = pool
        self.providers = providers

    async def receive(
        self, provider: str, body: bytes, headers: Mapping[str, str], now: datetime
    ) -> Acknowledgement:
        """What its provider wants to hear. Raises a `DeliveryRefused`, with nothing stored."""
        adapter = self.providers[provider]
        delivery = adapter.open_delivery(body, headers, now)
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                STORE, [provider, delivery.external_id, now, body, CHANNEL]
            )
        return adapter.acknowledge(new=cursor.rowcount == 1)
