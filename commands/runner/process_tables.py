"""SQL of the process managers: states, deadlines, calls owed, and the checkpoint with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection

from commands.command import Command
from commands.processes.reactions import Call, CallDone, Schedule, Unschedule
from commands.provider_call import ProviderCall
from commands.runner.codec import dump, load

type Connection = AsyncConnection[tuple[Any, ...]]

CHECKPOINT = "SELECT position FROM process_checkpoint WHERE name = %s"
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
    "INSERT INTO deadline (process, instance, due_at, command) VALUES (%s, %s, %s, %s)"
    " ON CONFLICT (process, instance) DO UPDATE"
    " SET due_at = excluded.due_at, command = excluded.command"
)
UNSCHEDULE = (
    "INSERT INTO deadline (process, instance, done) VALUES (%s, %s, true)"
    " ON CONFLICT (process, instance) DO UPDATE SET done = true"
)
DUE = (
    "SELECT process, instance, command FROM deadline"
    " WHERE NOT done AND due_at <= %s ORDER BY due_at LIMIT %s"
)
CALL = (
    "INSERT INTO provider_call (call_id, call, next_attempt_at) VALUES (%s, %s, %s)"
    " ON CONFLICT (call_id) DO UPDATE SET call = excluded.call"
)
CALL_DONE = (
    "INSERT INTO provider_call (call_id, call, done, next_attempt_at) VALUES (%s, '', true, %s)"
    " ON CONFLICT (call_id) DO UPDATE SET done = true"
)
CALLS_DUE = (
    "UPDATE provider_call SET attempts = attempts + 1,"
    " next_attempt_at = %(now)s + least(2 * 2 ^ least(attempts, 9), 600) * interval '1 second'"
    " WHERE call_id IN (SELECT call_id FROM provider_call"
    "  WHERE NOT done AND next_attempt_at <= %(now)s"
    "  ORDER BY next_attempt_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)"
    " RETURNING call"
)
DELIVERIES = (
    "SELECT provider, external_id, received_at, body FROM webhook_inbox"
    " WHERE translated_at IS NULL"
    " AND received_at + attempts * attempts * interval '50 milliseconds' <= %s"
    " ORDER BY received_at LIMIT %s"
)
TRANSLATED = (
    "UPDATE webhook_inbox SET translated_at = %s, problem = %s"
    " WHERE provider = %s AND external_id = %s"
)
POSTPONED = (
    "UPDATE webhook_inbox SET attempts = attempts + 1 WHERE provider = %s AND external_id = %s"
)


class DueDeadline(msgspec.Struct, frozen=True, gc=False):
    process: str
    instance: str
    command: Command


async def checkpoint(connection: Connection, name: str) -> int:
    cursor = await connection.execute(CHECKPOINT, [name])
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


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


async def store(
    connection: Connection, reactions: Sequence[tuple[str, Stored]], now: datetime
) -> None:
    """Write reactions in their order; the same ones together go in one round trip."""
    statement, rows = "", list[tuple[object, ...]]()
    for process, reaction in reactions:
        query, row = _statement(process, reaction, now)
        if query != statement and rows:
            await _many(connection, statement, rows)
            rows = []
        statement = query
        rows.append(row)
    if rows:
        await _many(connection, statement, rows)


async def _many(connection: Connection, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    async with connection.cursor() as cursor:
        await cursor.executemany(statement.encode(), rows)


def _statement(process: str, reaction: Stored, now: datetime) -> tuple[str, tuple[object, ...]]:
    match reaction:
        case Schedule(instance=instance, due_at=due_at, command=command):
            return SCHEDULE, (process, instance, due_at, dump(command))
        case Unschedule(instance=instance):
            return UNSCHEDULE, (process, instance)
        case Call(call=call):
            return CALL, (call.key, msgspec.json.encode(call), now)
        case CallDone(call_id=call_id):
            return CALL_DONE, (call_id, now)


async def due_deadlines(connection: Connection, now: datetime, limit: int) -> list[DueDeadline]:
    cursor = await connection.execute(DUE, [now, limit])
    return [
        DueDeadline(process, instance, load(bytes(command)))
        for process, instance, command in await cursor.fetchall()
    ]


async def calls_due(connection: Connection, now: datetime, limit: int) -> list[ProviderCall]:
    """Calls to make now; each comes again later, with growing pauses, until it is done."""
    cursor = await connection.execute(CALLS_DUE, {"now": now, "limit": limit})
    return [
        msgspec.json.decode(bytes(call), type=ProviderCall) for (call,) in await cursor.fetchall()
    ]
