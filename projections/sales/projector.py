"""Sales facts in ClickHouse: idempotent by position, checkpoint after the inserts."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver import options

from eventstore.codec import Recorded
from projections import checkpoints
from projections.checkpoints import Connection
from projections.sales.facts import rows_of
from projections.sales.tables import COLUMNS, DATABASE, DDL, TABLES

# Rows are inserted as rows: without this the client imports pandas for the first of them, which
# takes seconds and 80 MB.
setattr(options, "pd", None)  # noqa: B010 - not declared there, only looked up
setattr(options, "pd_time_test", None)  # noqa: B010


def connect(url: str) -> Any:
    """A synchronous client; one at a time uses it."""
    parts = urlsplit(url)
    return clickhouse_connect.get_client(  # pyright: ignore[reportUnknownMemberType]
        host=parts.hostname or "127.0.0.1",
        port=parts.port or (8443 if parts.scheme == "https" else 8123),
        username=parts.username or "default",
        password=parts.password or "",
        secure=parts.scheme == "https",
        autogenerate_session_id=False,
    )


class SalesModel:
    name = "sales"

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Any = None

    def _clickhouse(self) -> Any:
        if self._client is None:
            self._client = connect(self._url)
        return self._client

    async def ensure(self, connection: Connection) -> None:
        await checkpoints.begin(connection, self.name)
        await asyncio.to_thread(self._ensure, "")

    def _ensure(self, suffix: str) -> None:
        client = self._clickhouse()
        client.command(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
        for table in TABLES:
            client.command(DDL[table].format(table=f"{DATABASE}.{table}{suffix}"))

    async def apply(self, connection: Connection, batch: Sequence[Recorded]) -> None:  # noqa: ARG002
        await asyncio.to_thread(self._apply, "", batch)

    def _apply(self, suffix: str, batch: Sequence[Recorded]) -> None:
        client = self._clickhouse()
        for table, rows in rows_of(batch).items():
            client.insert(f"{table}{suffix}", rows, COLUMNS[table], database=DATABASE)

    async def begin_next(self, connection: Connection) -> None:  # noqa: ARG002 - the port's shape
        await asyncio.to_thread(self._begin_next)

    def _begin_next(self) -> None:
        for table in TABLES:
            self._clickhouse().command(f"DROP TABLE IF EXISTS {DATABASE}.{table}__next")
        self._ensure("__next")

    async def apply_next(self, connection: Connection, batch: Sequence[Recorded]) -> None:  # noqa: ARG002
        await asyncio.to_thread(self._apply, "__next", batch)

    async def swap(self, connection: Connection, to: int) -> dict[str, tuple[int, int]]:
        """The live tables may have seen more than `to`; they see it again, harmlessly."""
        counts = await asyncio.to_thread(self._swap)
        await checkpoints.put(connection, self.name, to)
        return counts

    def _swap(self) -> dict[str, tuple[int, int]]:
        client = self._clickhouse()
        counts: dict[str, tuple[int, int]] = {}
        for table in TABLES:
            live, rebuilt = f"{DATABASE}.{table}", f"{DATABASE}.{table}__next"
            counts[table] = (self._count(live), self._count(rebuilt))
            client.command(f"EXCHANGE TABLES {live} AND {rebuilt}")
            client.command(f"DROP TABLE {rebuilt}")
        return counts

    def _count(self, table: str) -> int:
        return int(self._clickhouse().query(f"SELECT count() FROM {table} FINAL").result_rows[0][0])  # noqa: S608
