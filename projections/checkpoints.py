"""How far each read model has got and who holds it: one row a model, or one a part of it.

A part of a model that several processes share is named `<model>/<part>-<parts>`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection

type Connection = AsyncConnection[tuple[Any, ...]]

BEGIN = (
    "INSERT INTO projection.checkpoint (name, position, version) SELECT %s, 0, %s WHERE NOT EXISTS"
    " (SELECT FROM projection.checkpoint WHERE name LIKE %s) ON CONFLICT DO NOTHING"
)
READ = "SELECT min(position) FROM projection.checkpoint WHERE name = %s OR name LIKE %s"
STANDING = (
    "SELECT name, position, version, generation, paused, stopped, problem"
    " FROM projection.checkpoint WHERE name = ANY(%s)"
)
OF_MODEL = (
    "SELECT name, position, version, generation, paused, stopped, problem"
    " FROM projection.checkpoint WHERE name = %s OR name LIKE %s ORDER BY name"
)
LOCKED_OF_MODEL = f"{OF_MODEL} FOR UPDATE"
LOCKED_ALL = (
    "SELECT position, generation FROM projection.checkpoint WHERE name = ANY(%s)"
    " ORDER BY name FOR UPDATE"
)
SET_ALL = (
    "WITH moved AS (UPDATE projection.checkpoint"
    " SET position = %s, problem = NULL, updated_at = now() WHERE name = ANY(%s)"
    " RETURNING name, position)"
    " SELECT pg_notify('projected', name || ':' || position) FROM moved"
)
SWAPPED = (
    "WITH moved AS (UPDATE projection.checkpoint SET position = %s, version = %s,"
    " generation = generation + 1, problem = NULL, stopped = false, updated_at = now()"
    " WHERE name = %s OR name LIKE %s RETURNING name, position)"
    " SELECT pg_notify('projected', name || ':' || position) FROM moved"
)
PROBLEM = "UPDATE projection.checkpoint SET problem = %s WHERE name = %s"
STOP = (
    "UPDATE projection.checkpoint SET problem = %s, stopped = true, generation = generation + 1"
    " WHERE name = %s"
)
GO_ON = (
    "UPDATE projection.checkpoint SET problem = NULL, stopped = false, generation = generation + 1"
    " WHERE name = ANY(%s) AND stopped"
)
PAUSE = (
    "UPDATE projection.checkpoint SET paused = %s, generation = generation + 1,"
    " stopped = stopped AND %s, problem = CASE WHEN %s THEN problem END"
    " WHERE name = %s OR name LIKE %s"
)
TOUCH = (
    "UPDATE projection.checkpoint SET generation = generation + 1 WHERE name = %s OR name LIKE %s"
)
GAPS = "UPDATE projection.checkpoint SET gaps_filled = gaps_filled + %s WHERE name = ANY(%s)"
REMOVE = "DELETE FROM projection.checkpoint WHERE name = %s OR name LIKE %s"
ADD = (
    "INSERT INTO projection.checkpoint"
    " (name, position, version, generation, paused, stopped, problem)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s)"
)


class CheckpointMoved(RuntimeError):
    """Somebody else moved or holds the checkpoint (a rebuild, an operator): read it again."""


class NoCheckpoint(LookupError):
    """Nobody has begun to project the model."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a model is, and why it may not go on."""

    name: str
    position: int
    version: int
    generation: int
    paused: bool
    stopped: bool
    problem: str | None


def model_of(name: str) -> str:
    """The model that a checkpoint, perhaps of a part, belongs to."""
    return name.partition("/")[0]


def _parts(name: str) -> str:
    """A LIKE pattern: an underscore of a name stands for itself."""
    return name.replace("_", "\\_") + "/%"


async def begin(connection: Connection, name: str, version: int = 1) -> bool:
    """Whether the model is new, and so starts at position 0."""
    cursor = await connection.execute(BEGIN, [name, version, _parts(name)])
    return cursor.rowcount == 1


async def read(connection: Connection, name: str) -> int:
    """The position that every part of the model has passed; 0 for an unknown one."""
    row = await (await connection.execute(READ, [name, _parts(name)])).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


async def standings(connection: Connection, names: Sequence[str]) -> Mapping[str, Standing]:
    cursor = await connection.execute(STANDING, [list(names)])
    return {row[0]: _standing(row) for row in await cursor.fetchall()}


def _standing(row: Sequence[Any]) -> Standing:
    name, position, version, generation, paused, stopped, problem = row
    return Standing(
        name=name,
        position=position,
        version=version,
        generation=generation,
        paused=paused,
        stopped=stopped,
        problem=problem,
    )


async def of_model(connection: Connection, name: str, *, lock: bool = False) -> Sequence[Standing]:
    """The standing of a model, or of each of its parts. Locked, nobody moves it meanwhile."""
    query = LOCKED_OF_MODEL if lock else OF_MODEL
    cursor = await connection.execute(query.encode(), [name, _parts(name)])
    return [_standing(row) for row in await cursor.fetchall()]


async def lock_all(connection: Connection, expected: Mapping[str, tuple[int, int]]) -> None:
    """Lock checkpoints in one order. Raises `CheckpointMoved` unless each is as `expected`.

    `expected` are position and generation by name.
    """
    names = sorted(expected)
    cursor = await connection.execute(LOCKED_ALL, [names])
    found = [tuple(row) for row in await cursor.fetchall()]
    if found != [expected[name] for name in names]:
        raise CheckpointMoved(", ".join(names))


async def put_all(connection: Connection, names: Sequence[str], to: int) -> None:
    await connection.execute(SET_ALL, [to, list(names)])


async def put_swapped(connection: Connection, name: str, to: int, version: int) -> None:
    """The model, or every part of it, is at `to` with another version's rows."""
    await connection.execute(SWAPPED, [to, version, name, _parts(name)])


async def report_problem(connection: Connection, name: str, problem: str) -> None:
    await connection.execute(PROBLEM, [problem, name])


async def stop(connection: Connection, name: str, problem: str) -> None:
    """The model stands still until somebody resumes it or its process is started again."""
    await connection.execute(STOP, [problem, name])


async def go_on(connection: Connection, names: Sequence[str]) -> None:
    """What was stopped may try once more."""
    await connection.execute(GO_ON, [list(names)])


async def pause(connection: Connection, name: str, *, paused: bool) -> bool:
    """Hold or resume a model with all its parts; False for an unknown one."""
    values = [paused, paused, paused, name, _parts(name)]
    return (await connection.execute(PAUSE, values)).rowcount > 0


async def touch(connection: Connection, name: str) -> None:
    """Something beside the position has changed: who projects must read it anew."""
    await connection.execute(TOUCH, [name, _parts(name)])


async def count_gaps(connection: Connection, names: Sequence[str], filled: int) -> None:
    await connection.execute(GAPS, [filled, list(names)])


async def replace(
    connection: Connection, name: str, names: Sequence[str], at: int, before: Sequence[Standing]
) -> None:
    """Other parts of the model, all at one position; held or stopped if one of them was."""
    await connection.execute(REMOVE, [name, _parts(name)])
    paused = any(standing.paused for standing in before)
    stopped = any(standing.stopped for standing in before)
    problem = next((standing.problem for standing in before if standing.problem), None)
    generation = max(standing.generation for standing in before) + 1
    for part in names:
        values = [part, at, before[0].version, generation, paused, stopped, problem]
        await connection.execute(ADD, values)
