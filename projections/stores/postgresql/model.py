"""Read models in PostgreSQL: a schema each; rows and checkpoint in one transaction."""

from collections.abc import Mapping, Sequence
from typing import Literal

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from eventstore.away import DATABASE_AWAY
from eventstore.codec import Recorded
from projections import checkpoints
from projections.checkpoints import Connection
from projections.keys import key_text
from projections.model import Digest, Rows
from projections.stores.postgresql.memory import MemoryTables
from projections.stores.postgresql.projector import Projector
from projections.stores.postgresql.tables import Table, Writes

EXISTS = "SELECT FROM pg_namespace WHERE nspname = %s"
# Rows that are alike have the same text; the sum of hashes does not depend on their order.
DIGESTS = (
    "SELECT {bucket} AS bucket, count(*),"
    " coalesce(sum(hashtextextended(ROW({columns})::text, 0)::numeric), 0)"
    " FROM {schema}.{table} GROUP BY 1"
)
ROWS = "SELECT {columns} FROM {schema}.{table} WHERE {bucket} = {wanted}"


class PostgresModel:
    """Lives in the schema `rm_<name>`; a rebuild fills `rm_<name>__next` and renames."""

    store: Literal["postgresql"] = "postgresql"

    def __init__(self, projector: Projector) -> None:
        self.name = projector.name
        self.version = projector.version
        self.money = projector.money
        self.key = projector.key
        self.tables = [table.name for table in projector.tables]
        self._projector = projector
        self._tables = {table.name: table for table in projector.tables}
        self._live = f"rm_{projector.name}"
        self._copy = f"rm_{projector.name}__next"

    def owns(self, _key: str) -> bool:
        return True

    def is_transient(self, error: Exception) -> bool:
        return isinstance(error, DATABASE_AWAY)

    def is_fault_of_ours(self, error: Exception) -> bool:
        return isinstance(error, psycopg.ProgrammingError)

    async def ensure(self, connection: Connection) -> None:
        async with connection.transaction():
            if await checkpoints.begin(connection, self.name, self.version):
                await self._create(connection, self._live)

    async def _create(self, connection: Connection, schema: str) -> None:
        name = sql.Identifier(schema)
        await connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name))
        await connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
        await connection.execute(sql.SQL("SET LOCAL search_path TO {}, public").format(name))
        await connection.execute(self._projector.schema.encode())
        await connection.execute("SET LOCAL search_path TO DEFAULT")

    async def apply(self, connection: Connection, batch: Sequence[Recorded]) -> None:
        await self._write(connection, self._live, self._projector.project(batch))

    async def _write(self, connection: Connection, schema: str, writes: Writes) -> None:
        for statement, arrays in writes.statements(schema):
            await connection.execute(statement.encode(), arrays, prepare=True)

    async def begin_copy(self, connection: Connection) -> None:
        async with connection.transaction():
            await self._create(connection, self._copy)

    async def has_copy(self, connection: Connection) -> bool:
        return (await connection.execute(EXISTS, [self._copy])).rowcount == 1

    async def apply_copy(self, connection: Connection, batch: Sequence[Recorded]) -> None:
        await self._write(connection, self._copy, self._projector.project(batch))

    def _bucket(self, table: Table, buckets: int) -> sql.Composed:
        columns = sql.SQL(", ").join(map(sql.Identifier, table.key))
        key = sql.SQL("convert_to(concat_ws('|', {}), 'UTF8')").format(columns)
        return sql.SQL("mod(crc32({}), {})").format(key, sql.Literal(buckets))

    def _query(self, text: str, table: Table, buckets: int, *, copy: bool) -> sql.Composed:
        return sql.SQL(text).format(  # pyright: ignore[reportArgumentType]
            bucket=self._bucket(table, buckets),
            columns=sql.SQL(", ").join(map(sql.Identifier, table.columns)),
            schema=sql.Identifier(self._copy if copy else self._live),
            table=sql.Identifier(table.name),
            wanted=sql.Placeholder(),
        )

    async def digests(
        self, connection: Connection, table: str, buckets: int, *, copy: bool
    ) -> Mapping[int, Digest]:
        query = self._query(DIGESTS, self._tables[table], buckets, copy=copy)
        cursor = await connection.execute(query)
        return {
            int(bucket): Digest(int(rows), int(checksum))
            for bucket, rows, checksum in await cursor.fetchall()
        }

    async def rows(
        self, connection: Connection, table: str, bucket: int, buckets: int, *, copy: bool
    ) -> Rows:
        known = self._tables[table]
        query = self._query(ROWS, known, buckets, copy=copy)
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(query, [bucket])
            found = await cursor.fetchall()
        return {key_text([row[column] for column in known.key]): row for row in found}

    def fold(self, bucket: int, buckets: int) -> "PostgresFold":
        return PostgresFold(self._projector, bucket, buckets)

    async def swap(self, connection: Connection) -> None:
        """In the transaction of the checkpoint: readers see the old tables or the new ones."""
        live, built = sql.Identifier(self._live), sql.Identifier(self._copy)
        await connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(live))
        await connection.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(built, live))


class PostgresFold:
    """What the projector's tables would hold."""

    def __init__(self, projector: Projector, bucket: int = 0, buckets: int = 1) -> None:
        self._projector = projector
        self._memory = MemoryTables(projector.tables, bucket, buckets)

    def add(self, batch: Sequence[Recorded]) -> None:
        self._memory.apply(self._projector.project(batch))

    def rows(self, table: str) -> Rows:
        return {key_text(key): row for key, row in self._memory.rows(table).items()}
