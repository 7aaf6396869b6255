"""Read models in PostgreSQL: a schema each; rows and checkpoint in one transaction."""

from collections.abc import Sequence

from psycopg import sql

from eventstore.codec import Recorded
from projections import checkpoints
from projections.checkpoints import Connection
from projections.projector import Projector
from projections.tables import Writes

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1"


class PostgresModel:
    """Lives in the schema `rm_<name>`; a rebuild fills `rm_<name>__next` and renames."""

    def __init__(self, projector: Projector) -> None:
        self.name = projector.name
        self._projector = projector
        self._live = f"rm_{projector.name}"
        self._next = f"rm_{projector.name}__next"

    async def ensure(self, connection: Connection) -> None:
        async with connection.transaction():
            if await checkpoints.begin(connection, self.name):
                await self._create(connection, self._live)

    async def _create(self, connection: Connection, schema: str) -> None:
        name = sql.Identifier(schema)
        await connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(name))
        await connection.execute(sql.SQL("CREATE SCHEMA {}").format(name))
        await connection.execute(sql.SQL("SET LOCAL search_path TO {}, public").format(name))
        await connection.execute(self._projector.schema.encode())

    async def apply(self, connection: Connection, batch: Sequence[Recorded]) -> None:
        await self._write(connection, self._live, self._projector.project(batch))

    async def _write(self, connection: Connection, schema: str, writes: Writes) -> None:
        for statement, arrays in writes.statements(schema):
            await connection.execute(statement.encode(), arrays, prepare=True)

    async def begin_next(self, connection: Connection) -> None:
        async with connection.transaction():
            await self._create(connection, self._next)

    async def apply_next(self, connection: Connection, batch: Sequence[Recorded]) -> None:
        writes = self._projector.project(batch)
        async with connection.transaction():
            await self._write(connection, self._next, writes)

    async def swap(self, connection: Connection, to: int) -> dict[str, tuple[int, int]]:
        """One transaction: readers see the old tables or the new ones, never neither."""
        counts = await self._counts(connection)
        live, rebuilt = sql.Identifier(self._live), sql.Identifier(self._next)
        async with connection.transaction():
            await connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(live))
            await connection.execute(sql.SQL("ALTER SCHEMA {} RENAME TO {}").format(rebuilt, live))
            await checkpoints.put(connection, self.name, to)
        return counts

    async def _counts(self, connection: Connection) -> dict[str, tuple[int, int]]:
        cursor = await connection.execute(TABLES, [self._next])
        counts: dict[str, tuple[int, int]] = {}
        for (table,) in await cursor.fetchall():
            counts[table] = (
                await self._count(connection, self._live, table),
                await self._count(connection, self._next, table),
            )
        return counts

    async def _count(self, connection: Connection, schema: str, table: str) -> int:
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
        row = await (await connection.execute(query)).fetchone()
        assert row is not None
        return int(row[0])
