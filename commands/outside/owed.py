"""Calls owed to the outside: the table that says which are not done, and who has one in hand.

Times are the database's: a clock of ours that jumps delays no call.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

import msgspec
import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from commands.outside.call import OutsideCall
from commands.outside.port import AnswerMismatch, Port, Unreachable

type Connection = AsyncConnection[tuple[Any, ...]]
type Pool = AsyncConnectionPool[Connection]

CHANNEL = "owed"  # Rung when there is something to call for.

# An answer that is not understood so often is for a person; an outage never is.
UNCLEAR_MAX = 30
IN_HAND_WAIT = "15s"

OWE = (
    "INSERT INTO owed (port, kind, provider, subject, payload)"
    " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
DONE = (
    "UPDATE owed SET state = 'done', problem = NULL, sweeps = 0,"
    " next_attempt_at = clock_timestamp() + interval '1 hour'"
    " WHERE port = %s AND kind = %s AND subject = %s"
)
# News may be lost for good: what is done is looked up again after an hour, then a day, then a week.
# A look that cannot be made comes again soon; one that was made counts.
SILENT = (
    "UPDATE owed SET next_attempt_at = clock_timestamp() + interval '10 minutes'"
    " WHERE (port, kind, provider, subject) IN (SELECT port, kind, provider, subject FROM owed"
    "  WHERE port = %s AND provider = %s AND state = 'done' AND sweeps < 3"
    "  AND next_attempt_at <= clock_timestamp()"
    "  ORDER BY next_attempt_at LIMIT %s FOR UPDATE SKIP LOCKED)"
    " RETURNING kind, subject, payload, sweeps + 1"
)
LOOKED = (
    "UPDATE owed SET sweeps = sweeps + 1, problem = NULL,"
    " next_attempt_at = clock_timestamp() + (ARRAY['1 day', '7 days', '0'])[sweeps + 1]::interval"
    " WHERE port = %s AND kind = %s AND provider = %s AND subject = %s"
    " AND state = 'done' AND sweeps < 3"
)
# The queue did not take it: that was no attempt.
NOT_TAKEN = (
    "UPDATE owed SET attempts = greatest(attempts - 1, 0),"
    " next_attempt_at = clock_timestamp() + interval '1 second'"
    " WHERE port = %s AND kind = %s AND provider = %s AND subject = %s AND state = 'owed'"
)
# What only found nobody comes again within about a minute, however long nobody was there; the
# pauses after answers that are not understood grow to ten minutes.
DUE = (
    "UPDATE owed SET attempts = attempts + 1, next_attempt_at = clock_timestamp()"
    " + least(2 * 2 ^ least(attempts, CASE WHEN unclear > 0 THEN 9 ELSE 5 END), 600)"
    " * interval '1 second'"
    " WHERE (port, kind, provider, subject) IN (SELECT port, kind, provider, subject FROM owed"
    "  WHERE port = %s AND provider = %s AND state = 'owed'"
    "  AND next_attempt_at <= clock_timestamp()"
    "  ORDER BY next_attempt_at LIMIT %s FOR UPDATE SKIP LOCKED)"
    " RETURNING kind, subject, payload, 0"
)
OF = "SELECT payload FROM owed WHERE port = %s AND kind = %s AND provider = %s AND subject = %s"
PARKED = "SELECT port, payload FROM owed WHERE kind = %s AND subject = %s AND state = 'parked'"
STATE = "SELECT state FROM owed WHERE port = %s AND kind = %s AND provider = %s AND subject = %s"
PROBLEM = (
    "UPDATE owed SET problem = %(problem)s, unclear = unclear + %(unclear)s, state = CASE"
    " WHEN state = 'owed' AND (%(park)s OR unclear + %(unclear)s >= %(most)s) THEN 'parked'"
    " ELSE state END"
    " WHERE port = %(port)s AND kind = %(kind)s AND provider = %(provider)s"
    " AND subject = %(subject)s"
)
UNREADABLE = (
    "UPDATE owed SET state = 'parked', problem = %s"
    " WHERE port = %s AND kind = %s AND provider = %s AND subject = %s"
)
LISTED = (
    "SELECT port, kind, provider, subject, state, attempts, next_attempt_at, problem FROM owed"
    " WHERE state = ANY(%s) OR state = 'done' AND problem IS NOT NULL"
    " ORDER BY port, kind, provider, subject LIMIT %s"
)
RETRY = (
    "UPDATE owed SET state = 'owed', unclear = 0, next_attempt_at = clock_timestamp()"
    " WHERE state = 'parked' AND (%(subject)s = '' OR subject = %(subject)s)"
)
# One lock a call: what was seen at the provider is recorded before anybody looks again, so that
# an old look is never recorded after a newer one.
LOCK = "SELECT pg_advisory_lock(hashtextextended(%s, 0))"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended(%s, 0))"


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """A call as an operator sees it."""

    port: str
    kind: str
    provider: str
    subject: str
    state: Literal["owed", "done", "parked"]
    attempts: int
    next_attempt_at: Any
    problem: str | None


def _key(call: OutsideCall) -> tuple[str, str, str, str]:
    return call.port, call.kind, call.provider, call.key


def owe_row(call: OutsideCall) -> tuple[object, ...]:
    return *_key(call), msgspec.json.encode(call)


async def due(connection: Connection, port: Port, provider: str, limit: int) -> list[Any]:
    """Calls to make now; each comes again later, with growing pauses, until it is done."""
    cursor = await connection.execute(DUE, [port.name, provider, limit])
    rows = await cursor.fetchall()
    return [call for call, _ in await _readable(connection, port, provider, rows)]


async def silent(
    connection: Connection, port: Port, provider: str, limit: int
) -> list[tuple[Any, int]]:
    """Calls that were done some time ago, to be looked up once more; and how often they were."""
    cursor = await connection.execute(SILENT, [port.name, provider, limit])
    return await _readable(connection, port, provider, await cursor.fetchall())


async def _readable(
    connection: Connection, port: Port, provider: str, rows: Sequence[tuple[Any, ...]]
) -> list[tuple[Any, int]]:
    """One that cannot be read is parked for a person, and holds up no other."""
    calls: list[tuple[Any, int]] = []
    for kind, subject, payload, sweeps in rows:
        try:
            calls.append((port.decode(bytes(payload)), sweeps))
        except msgspec.DecodeError as error:
            problem = f"not readable: {error}"[:500]
            await connection.execute(UNREADABLE, [problem, port.name, kind, provider, subject])
    return calls


async def of(
    connection: Connection, port: Port, kind: str, provider: str, subject: str
) -> Any | None:
    cursor = await connection.execute(OF, [port.name, kind, provider, subject])
    row = await cursor.fetchone()
    return port.decode(bytes(row[0])) if row else None


async def looked(connection: Connection, call: OutsideCall) -> None:
    """A look in a sweep was made, and what it saw is in the log."""
    await connection.execute(LOOKED, _key(call))


async def not_taken(connection: Connection, calls: Sequence[OutsideCall]) -> None:
    """The queue did not take these calls: they come again in a moment."""
    async with connection.cursor() as cursor:
        await cursor.executemany(NOT_TAKEN, [_key(call) for call in calls])


async def parked(
    connection: Connection, kind: str, subject: str, ports: Mapping[str, Port]
) -> tuple[Port, Any] | None:
    """The parked call of this kind and subject, with its port."""
    cursor = await connection.execute(PARKED, [kind, subject])
    row = await cursor.fetchone()
    if row is None:
        return None
    port = ports[row[0]]
    return port, port.decode(bytes(row[1]))


async def state_of(connection: Connection, call: OutsideCall) -> str | None:
    """None if nothing in the log owes this call: the queue may remember more than the log."""
    row = await (await connection.execute(STATE, _key(call))).fetchone()
    return str(row[0]) if row else None


@asynccontextmanager
async def in_hand(pool: Pool, call: OutsideCall) -> AsyncGenerator[Connection]:
    """Nobody else looks this call up and records what it saw. Raises `Unreachable` to whom must
    wait too long.
    """
    name = "/".join(_key(call))
    async with pool.connection() as connection:
        await connection.execute(f"SET lock_timeout = '{IN_HAND_WAIT}'")
        try:
            await connection.execute(LOCK, [name])
        except psycopg.errors.LockNotAvailable as error:
            raise Unreachable("somebody else has the call in hand") from error
        try:
            yield connection
        finally:
            await connection.execute(UNLOCK, [name])


async def note(
    connection: Connection, call: OutsideCall, error: Exception, *, unclear: bool
) -> None:
    """Why the call is not done. What was not understood too often, or is another's, is parked."""
    await connection.execute(
        PROBLEM,
        {
            "problem": f"{type(error).__name__}: {error}"[:500],
            "unclear": int(unclear),
            "park": isinstance(error, AnswerMismatch),
            "most": UNCLEAR_MAX,
            "port": call.port,
            "kind": call.kind,
            "provider": call.provider,
            "subject": call.key,
        },
    )


async def listed(connection: Connection, states: Sequence[str], limit: int) -> list[Owed]:
    cursor = await connection.execute(LISTED, [list(states), limit])
    rows = await cursor.fetchall()
    return [Owed(**dict(zip(Owed.__struct_fields__, row, strict=True))) for row in rows]


async def retry(connection: Connection, subject: str = "") -> int:
    """Owe parked calls again: that of one subject, or all. How many there were."""
    retried = (await connection.execute(RETRY, {"subject": subject})).rowcount
    await connection.execute(f"NOTIFY {CHANNEL}")
    return retried
