"""How far each read model has got: one row a model, moved with the rows it stands for."""

from collections.abc import Sequence
from typing import Any

from psycopg import AsyncConnection

type Connection = AsyncConnection[tuple[Any, ...]]

LOCK = 0x50524F4A
CREATE = """
SELECT pg_advisory_xact_lock(%s);
CREATE SCHEMA IF NOT EXISTS projection;
CREATE TABLE IF NOT EXISTS projection.checkpoint (
    name       text PRIMARY KEY,
    position   bigint      NOT NULL,
    problem    text,
    updated_at timestamptz NOT NULL DEFAULT now()
)
"""
READ = "SELECT position FROM projection.checkpoint WHERE name = %s"
LOCKED = "SELECT position FROM projection.checkpoint WHERE name = %s FOR UPDATE"
BEGIN = "INSERT INTO projection.checkpoint (name, position) VALUES (%s, 0) ON CONFLICT DO NOTHING"
SET = (
    "UPDATE projection.checkpoint SET position = %s, problem = NULL, updated_at = now()"
    " WHERE name = %s"
)
LOCKED_ALL = (
    "SELECT position FROM projection.checkpoint WHERE name = ANY(%s) ORDER BY name FOR UPDATE"
)
SET_ALL = (
    "WITH moved AS (UPDATE projection.checkpoint"
    " SET position = %s, problem = NULL, updated_at = now() WHERE name = ANY(%s)"
    " RETURNING name, position)"
    " SELECT pg_notify('projected', name || ':' || position) FROM moved"
)
PROBLEM = "UPDATE projection.checkpoint SET problem = %s WHERE name = %s"
NOTIFY = "SELECT pg_notify('projected', %s)"


class CheckpointMoved(RuntimeError):
    """Somebody else moved the checkpoint (a rebuild, a second runner): read it again."""


async def create(connection: Connection) -> None:
    async with connection.transaction():
        for statement in CREATE.split(";"):
            parameters = [LOCK] if "%s" in statement else None
            await connection.execute(statement.encode(), parameters)


async def begin(connection: Connection, name: str) -> bool:
    """Whether the model is new, and so starts at position 0."""
    cursor = await connection.execute(BEGIN, [name])
    return cursor.rowcount == 1


async def read(connection: Connection, name: str, *, lock: bool = False) -> int:
    cursor = await connection.execute(LOCKED if lock else READ, [name])
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def put(connection: Connection, name: str, to: int) -> None:
    await connection.execute(SET, [to, name])
    await connection.execute(NOTIFY, [f"{name}:{to}"])


async def lock_all(connection: Connection, names: Sequence[str], seen: int) -> None:
    """Lock several checkpoints in one order. Raises `CheckpointMoved` if one is elsewhere."""
    cursor = await connection.execute(LOCKED_ALL, [list(names)])
    if any(position != seen for (position,) in await cursor.fetchall()):
        raise CheckpointMoved(", ".join(names))


async def put_all(connection: Connection, names: Sequence[str], to: int) -> None:
    await connection.execute(SET_ALL, [to, list(names)])


async def report_problem(connection: Connection, name: str, problem: str) -> None:
    await connection.execute(PROBLEM, [problem, name])
