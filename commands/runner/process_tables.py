"""SQL of the process managers: states, deadlines, and the checkpoint with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection

from commands.outside import owed
from commands.processes.reactions import Call, CallDone, Schedule, Unschedule

type Connection = AsyncConnection[tuple[Any, ...]]

CHECKPOINTS = "SELECT name, position FROM process_checkpoint"
ADVANCE = (
    "INSERT INTO process_checkpoint (name, position) VALUES (%s, %s)"
    " ON CONFLICT (name) DO UPDATE SET position = excluded.position"
)
STATES = "SELECT instance, state FROM process_state WHERE process = %s AND instance = ANY(%s)"
REMEMBER = (
    "INSERT INTO process_state (process, instance, state) VALUES (%s, %s, %s)"
    " ON CONFLICT (process, instance) DO UPDATE SET state = excluded.state"
)
SCHEDULE = (
    "INSERT INTO deadline (process, instance, due_at) VALUES (%s, %s, %s)"
    " ON CONFLICT (process, instance) DO UPDATE SET due_at = excluded.due_at,"
    " done = deadline.done AND NOT deadline.refused, refused = false"
)
UNSCHEDULE = (
    "INSERT INTO deadline (process, instance, done) VALUES (%s, %s, true)"
    " ON CONFLICT (process, instance) DO UPDATE SET done = true, refused = false"
)
FIRED = (
    "UPDATE deadline SET done = true, refused = %s"
    " WHERE process = %s AND instance = %s AND due_at = %s"
)
# Whose clock is behind is right: a clock that has jumped ahead fires nothing before its time.
DUE = (
    "SELECT process, instance, due_at FROM deadline"
    " WHERE NOT done AND due_at <= least(%s, clock_timestamp())"
    " AND (retry_at IS NULL OR retry_at <= clock_timestamp()) ORDER BY due_at LIMIT %s"
)
FAILED = (
    "UPDATE deadline SET retry_at = clock_timestamp() + interval '30 seconds'"
    " WHERE process = %s AND instance = %s"
)


class DueDeadline(msgspec.Struct, frozen=True, gc=False):
    process: str
    instance: str
    due_at: datetime


async def checkpoints(connection: Connection) -> dict[str, int]:
    """How far each process has got."""
    cursor = await connection.execute(CHECKPOINTS)
    return {name: int(position) for name, position in await cursor.fetchall()}


async def states(
    connection: Connection, process: str, instances: Sequence[str]
) -> dict[str, bytes]:
    cursor = await connection.execute(STATES, [process, list(instances)])
    return {instance: bytes(state) for instance, state in await cursor.fetchall()}


async def remember(
    connection: Connection, process: str, changed: Sequence[tuple[str, bytes]]
) -> None:
    if changed:
        async with connection.cursor() as cursor:
            rows = [(process, instance, state) for instance, state in changed]
            await cursor.executemany(REMEMBER, rows)


type Stored = Schedule | Unschedule | Call | CallDone


async def store(connection: Connection, reactions: Sequence[tuple[str, Stored]]) -> None:
    """Write reactions in their order; the same ones together go in one round trip.

    Who makes calls is woken when they are committed.
    """
    statement, rows = "", list[tuple[object, ...]]()
    for process, reaction in reactions:
        query, row = _statement(process, reaction)
        if query != statement and rows:
            await _many(connection, statement, rows)
            rows = []
        statement = query
        rows.append(row)
    if rows:
        await _many(connection, statement, rows)
    if any(isinstance(reaction, Call) for _, reaction in reactions):
        await connection.execute(f"NOTIFY {owed.CHANNEL}")


async def _many(connection: Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    async with connection.cursor() as cursor:
        await cursor.executemany(statement.encode(), rows)


def _statement(process: str, reaction: Stored) -> tuple[str, tuple[object, ...]]:
    match reaction:
        case Schedule(instance=instance, due_at=due_at):
            return SCHEDULE, (process, instance, due_at)
        case Unschedule(instance=instance):
            return UNSCHEDULE, (process, instance)
        case Call(call=call):
            return owed.OWE, owed.owe_row(call)
        case CallDone(port=port, kind=kind, key=key):
            return owed.DONE, (port, kind, key)


async def due_deadlines(connection: Connection, now: datetime, limit: int) -> list[DueDeadline]:
    cursor = await connection.execute(DUE, [now, limit])
    return [DueDeadline(*row) for row in await cursor.fetchall()]
