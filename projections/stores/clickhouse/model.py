"""Read models in ClickHouse: idempotent by position, the checkpoint comes after the inserts."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver import options
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from eventstore.away import DATABASE_AWAY
from eventstore.codec import Recorded
from projections import checkpoints
from projections.checkpoints import Connection
from projections.keys import key_text
from projections.model import Digest, Rows
from projections.stores.clickhouse.fold import FactFold
from projections.stores.clickhouse.pace import Pace
from projections.stores.clickhouse.tables import DATABASE, AnalystTable, FactTables

# Rows are inserted as rows: without this the client imports pandas for the first of them, which
# takes seconds and 80 MB.
setattr(options, "pd", None)  # noqa: B010 - not declared there, only looked up
setattr(options, "pd_time_test", None)  # noqa: B010

log = logging.getLogger(__name__)

NEXT = "__next"
AWAY = (OperationalError, DatabaseError, OSError, *DATABASE_AWAY)


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


class AnalystModel:
    """Lives in the declared tables; a rebuild fills `<table>__next` and exchanges them."""

    store: Literal["clickhouse"] = "clickhouse"

    def __init__(self, declared: FactTables, url: str) -> None:
        self.name = declared.name
        self.version = declared.version
        self.money = declared.money
        self.key = declared.key
        self.tables = tuple(declared.tables)
        self._declared = declared
        self._tables = declared.tables
        self._sums = declared.sums
        self._url = url
        self._client: Any = None
        self._turn = asyncio.Lock()
        self._paces = {"": Pace(), NEXT: Pace()}
        self._flushing: asyncio.Task[None] | None = None

    def owns(self, _key: str) -> bool:
        return True

    def is_transient(self, error: Exception) -> bool:
        """What the server refuses may be its state (memory, parts); what it never saw is ours."""
        return isinstance(error, AWAY)

    def is_fault_of_ours(self, error: Exception) -> bool:
        return isinstance(error, AttributeError | ImportError)

    async def _do[T](self, work: Callable[..., T], *arguments: Any) -> T:
        """One at a time: the projector, a comparison and a rebuild may share the client."""
        async with self._turn:
            return await asyncio.to_thread(work, *arguments)

    def _clickhouse(self) -> Any:
        if self._client is None:
            self._client = connect(self._url)
        return self._client

    async def ensure(self, connection: Connection) -> None:
        new = await checkpoints.begin(connection, self.name, self.version)
        standings = await checkpoints.of_model(connection, self.name)
        if new or all(standing.version == self.version for standing in standings):
            await self._do(self._create, "")
            await self._do(self._sum_stale, "")

    def _create(self, suffix: str) -> None:
        client = self._clickhouse()
        client.command(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
        for table in self._tables.values():
            client.command(table.ddl(f"{DATABASE}.{table.name}{suffix}"))

    async def apply(self, connection: Connection, batch: Sequence[Recorded]) -> None:  # noqa: ARG002
        await self._do(self._apply, "", self._declared.rows_of(batch))
        pace = self._paces[""]
        if pace.days and (self._flushing is None or self._flushing.done()):
            self._flushing = asyncio.create_task(self._flush(pace.free_at), name="sums")

    async def _flush(self, at: float) -> None:
        """Sums that had to rest, when nothing else comes. What fails is found stale later."""
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        try:
            await self._do(self._sum, "")
        except Exception as error:  # noqa: BLE001 - the next batch, or the next start, tries again
            log.warning("sums wait: %s", type(error).__name__)

    def _apply(self, suffix: str, rows: Mapping[str, list[list[object]]]) -> None:
        client = self._clickhouse()
        for table, inserted in rows.items():
            columns = list(self._tables[table].columns)
            client.insert(f"{table}{suffix}", inserted, columns, database=DATABASE)
        pace = self._paces[suffix]
        if self._sums is not None:
            pace.days |= {_day(row[0]) for row in rows.get(self._sums.of.name, ())}
        if time.monotonic() >= pace.free_at:
            self._sum(suffix)

    def _sum(self, suffix: str) -> None:
        """Sum the days that have changed."""
        if self._sums is None:
            return
        pace, began = self._paces[suffix], time.monotonic()
        for statement in self._sums.refresh(pace.days, suffix):
            self._clickhouse().command(statement)
        pace.took(began, time.monotonic())

    def _sum_stale(self, suffix: str) -> None:
        """Sum what rests, here or in another process, or was left when one ended."""
        if self._sums is None:
            return
        found = self._clickhouse().query(self._sums.stale(suffix)).result_rows
        self._paces[suffix].days |= {day for (day,) in found}
        self._sum(suffix)

    async def begin_copy(self, connection: Connection) -> None:  # noqa: ARG002 - the port's shape
        await self._do(self._begin_copy)

    def _begin_copy(self) -> None:
        self._drop_copy()
        self._create(NEXT)

    async def has_copy(self, connection: Connection) -> bool:  # noqa: ARG002
        return await self._do(lambda: all(self._exists(f"{table}{NEXT}") for table in self._tables))

    def _exists(self, table: str) -> bool:
        return bool(self._clickhouse().command(f"EXISTS TABLE {DATABASE}.{table}"))

    async def apply_copy(self, connection: Connection, batch: Sequence[Recorded]) -> None:  # noqa: ARG002
        await self._do(self._apply, NEXT, self._declared.rows_of(batch))

    def _drop_copy(self) -> None:
        for table in self._tables:
            self._clickhouse().command(f"DROP TABLE IF EXISTS {DATABASE}.{table}{NEXT}")

    async def digests(
        self,
        connection: Connection,  # noqa: ARG002
        table: str,
        buckets: int,
        *,
        copy: bool,
    ) -> Mapping[int, Digest]:
        return await self._do(self._digests, self._tables[table], NEXT if copy else "", buckets)

    def _digests(self, table: AnalystTable, suffix: str, buckets: int) -> dict[int, Digest]:
        if self._sums is not None and table in self._sums.tables:
            self._sum_stale(suffix)
        query = (
            f"SELECT {_bucket(table, buckets)} AS bucket, count(),"  # noqa: S608 - names of ours
            f" sum(cityHash64({', '.join(table.columns)}))"
            f" FROM {DATABASE}.{table.name}{suffix} FINAL GROUP BY bucket"
        )
        return {
            int(bucket): Digest(int(rows), int(checksum))
            for bucket, rows, checksum in self._clickhouse().query(query).result_rows
        }

    async def rows(
        self,
        connection: Connection,  # noqa: ARG002
        table: str,
        bucket: int,
        buckets: int,
        *,
        copy: bool,
    ) -> Rows:
        return await self._do(
            self._rows, self._tables[table], NEXT if copy else "", bucket, buckets
        )

    def _rows(
        self, table: AnalystTable, suffix: str, bucket: int, buckets: int
    ) -> dict[str, dict[str, object]]:
        if self._sums is not None and table in self._sums.tables:
            self._sum_stale(suffix)
        columns = ", ".join(
            f"{_comparable(name, kind)} AS {name}_" for name, (kind, _) in table.columns.items()
        )
        query = (
            f"SELECT {columns} FROM {DATABASE}.{table.name}{suffix} FINAL"  # noqa: S608
            f" WHERE {_bucket(table, buckets)} = {bucket}"
        )
        found: dict[str, dict[str, object]] = {}
        for values in self._clickhouse().query(query).result_rows:
            row = dict(zip(table.columns, values, strict=True))
            found[key_text([row[column] for column in table.key])] = row
        return found

    def fold(self, bucket: int, buckets: int) -> FactFold:
        return FactFold(self._declared, bucket, buckets)

    async def swap(self, connection: Connection) -> None:  # noqa: ARG002
        """Table by table. Both hold the same part of the log: a query in between loses nothing."""
        await self._do(self._swap)

    def _swap(self) -> None:
        client = self._clickhouse()
        self._sum_stale(NEXT)
        for table in self._tables:
            live, built = f"{DATABASE}.{table}", f"{DATABASE}.{table}{NEXT}"
            if self._exists(table):
                client.command(f"EXCHANGE TABLES {live} AND {built}")
                client.command(f"DROP TABLE {built}")
            else:
                client.command(f"RENAME TABLE {built} TO {live}")
        for table in self._declared.retired:
            client.command(f"DROP TABLE IF EXISTS {DATABASE}.{table}")


def _day(at: object) -> Any:
    assert isinstance(at, datetime)
    return at.astimezone(UTC).date()


def _bucket(table: AnalystTable, buckets: int) -> str:
    columns = ", ".join(f"toString({column})" for column in table.key)
    return f"CRC32(concatWithSeparator('|', {columns})) % {buckets}"


def _comparable(name: str, kind: str) -> str:
    if kind == "time":
        return f"toUnixTimestamp64Milli({name})"
    return f"toString({name})" if kind == "day" else name
