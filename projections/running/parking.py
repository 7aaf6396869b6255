"""Events that a read model could not apply, kept in order until they are driven in again."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from psycopg.rows import class_row

from eventstore import reader
from eventstore.codec import Recorded, encode
from eventstore.unreadable import Unreadable, decode_or_mark
from projections import checkpoints
from projections.checkpoints import Connection
from projections.model import Applied

KEYS_MAX = 100
COLUMNS = "name, position, key, stream, version, event, payload, error, attempts, parked_at"
PARK = (
    "INSERT INTO projection.parked (name, position, key, stream, version, event, payload, error,"
    " attempts) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
KEYS = "SELECT DISTINCT key FROM projection.parked WHERE name = %s"
STREAMS = "SELECT DISTINCT stream FROM projection.parked WHERE name = %s"
LIST = (
    f"SELECT {COLUMNS} FROM projection.parked WHERE (%(name)s::text IS NULL OR name = %(name)s)"  # noqa: S608
    " AND (%(stream)s::text IS NULL OR stream = %(stream)s OR key = %(stream)s)"
    " ORDER BY name, position LIMIT %(limit)s"
)
ONE = f"SELECT {COLUMNS} FROM projection.parked WHERE name = %s AND position = %s"  # noqa: S608
COUNT = (
    "SELECT count(*) FROM projection.parked WHERE name = %(name)s"
    " AND (%(stream)s::text IS NULL OR stream = %(stream)s OR key = %(stream)s)"
)
WAITING_KEYS = (
    "SELECT key FROM projection.parked WHERE name = %(name)s"
    " AND (%(stream)s::text IS NULL OR stream = %(stream)s OR key = %(stream)s)"
    " GROUP BY key ORDER BY min(position)"
)
OF_KEY = "SELECT position FROM projection.parked WHERE name = %s AND key = %s ORDER BY position"
FAILED = (
    "UPDATE projection.parked SET error = %s, attempts = attempts + 1"
    " WHERE name = %s AND position = %s"
)
REMOVE = "DELETE FROM projection.parked WHERE name = %s AND position = ANY(%s)"
DROP = (
    "WITH gone AS (DELETE FROM projection.parked WHERE name = %s AND position = %s RETURNING *)"
    " INSERT INTO projection.dropped (name, position, key, stream, event, error, reason)"
    " SELECT name, position, key, stream, event, error, %s FROM gone"
    " ON CONFLICT (name, position) DO UPDATE SET reason = excluded.reason"
)
FORGET = "DELETE FROM projection.parked WHERE name = %s"
RENAME = "UPDATE projection.parked SET name = %s, announced = false WHERE name = %s"
DROPPED = "SELECT position FROM projection.dropped WHERE name = %s"
UNANNOUNCED = (
    f"SELECT {COLUMNS} FROM projection.parked WHERE NOT announced AND name NOT LIKE '%\\_\\_next'"  # noqa: S608
    " ORDER BY parked_at, position LIMIT 100"
)
ANNOUNCED = "UPDATE projection.parked SET announced = true WHERE name = %s AND position = %s"


class NothingParked(LookupError):
    """There is no such parked event."""


class Parked(msgspec.Struct, frozen=True, kw_only=True):
    """`error` is None for an event that only waits for an earlier one of its key."""

    name: str
    position: int
    key: str
    stream: str
    version: int
    event: str
    payload: str
    error: str | None
    attempts: int
    parked_at: datetime


async def keys(connection: Connection, name: str) -> frozenset[str]:
    """Keys and streams of which events wait: later ones have to wait too."""
    found: set[str] = set()
    for query in (KEYS, STREAMS):
        cursor = await connection.execute(query, [name])
        found |= {key for (key,) in await cursor.fetchall()}
    return frozenset(found)


async def dropped(connection: Connection, name: str) -> frozenset[int]:
    """Positions that an operator gave up on: nobody tries them again."""
    cursor = await connection.execute(DROPPED, [name])
    return frozenset(position for (position,) in await cursor.fetchall())


async def park(
    connection: Connection, name: str, key: str, recorded: Recorded, error: Exception | None
) -> None:
    """With its payload and, if it is the one that failed, the error."""
    event = recorded.event
    if isinstance(event, Unreadable):
        payload = event.text
    else:
        payload = encode(event, recorded.envelope).decode()
    values = [name, recorded.position, key, recorded.stream, recorded.version, recorded.name]
    await connection.execute(
        PARK, [*values, payload.replace("\0", "\ufffd"), describe(error), 1 if error else 0]
    )


def describe(error: Exception | None) -> str | None:
    if error is None:
        return None
    return f"{type(error).__name__}: {error}".strip()[:1000].replace("\0", "\ufffd")


async def listed(
    connection: Connection,
    name: str | None = None,
    stream: str | None = None,
    limit: int = 1000,
) -> Sequence[Parked]:
    """Of one model or all, of one stream (or key) or all, in order."""
    values = {"name": name, "stream": stream, "limit": limit}
    async with connection.cursor(row_factory=class_row(Parked)) as cursor:
        await cursor.execute(LIST, values)
        return await cursor.fetchall()


async def one(connection: Connection, name: str, position: int) -> Parked:
    """Raises `NothingParked`."""
    async with connection.cursor(row_factory=class_row(Parked)) as cursor:
        await cursor.execute(ONE, [name, position])
        found = await cursor.fetchone()
    if found is None:
        raise NothingParked(f"{name} has no parked event at position {position}.")
    return found


async def waiting_keys(
    connection: Connection, name: str, stream: str | None = None
) -> Sequence[str]:
    """Of all, or those with events of one stream (or key), the longest waiting first."""
    cursor = await connection.execute(WAITING_KEYS, {"name": name, "stream": stream})
    return [str(key) for (key,) in await cursor.fetchall()]


async def count(connection: Connection, name: str, stream: str | None = None) -> int:
    """How many events wait, of one stream (or key) or all."""
    cursor = await connection.execute(COUNT, {"name": name, "stream": stream})
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def retry(connection: Connection, model: Applied, key: str) -> int:
    """Drive a key's events in again, in order; how many went in.

    Those before one that still fails are in; it and the later ones stay, with its new error.
    """
    done = 0
    async with connection.transaction():
        await checkpoints.of_model(connection, model.name, lock=True)
        waiting = [at for (at,) in await _positions(connection, model.name, key)]
        for position in waiting:
            recorded = await _from_log(connection, position)
            try:
                async with connection.transaction():
                    await model.apply(connection, [recorded])
                    await connection.execute(REMOVE, [model.name, [position]])
            except Exception as error:
                if model.is_transient(error):
                    raise
                await connection.execute(FAILED, [describe(error), model.name, position])
                break
            done += 1
        await checkpoints.touch(connection, model.name)
    return done


async def _positions(connection: Connection, name: str, key: str) -> Sequence[tuple[int]]:
    cursor = await connection.execute(OF_KEY, [name, key])
    return [(int(position),) for (position,) in await cursor.fetchall()]


async def _from_log(connection: Connection, position: int) -> Recorded:
    (row,) = await reader.rows_after(connection, position - 1, position, 1)
    return decode_or_mark(row)


async def drop(connection: Connection, name: str, position: int, reason: str) -> None:
    """Give an event up for this model; what waited for it may go in. Raises `NothingParked`."""
    async with connection.transaction():
        await checkpoints.of_model(connection, name, lock=True)
        if (await connection.execute(DROP, [name, position, reason])).rowcount == 0:
            raise NothingParked(f"{name} has no parked event at position {position}.")
        await checkpoints.touch(connection, name)


async def forget(connection: Connection, name: str) -> None:
    await connection.execute(FORGET, [name])


async def rename(connection: Connection, old: str, new: str) -> None:
    """What a copy had to park is the model's once the copy is live."""
    await forget(connection, new)
    await connection.execute(RENAME, [new, old])


async def unannounced(connection: Connection) -> Sequence[Parked]:
    async with connection.cursor(row_factory=class_row(Parked)) as cursor:
        await cursor.execute(UNANNOUNCED)
        return await cursor.fetchall()


async def announced(connection: Connection, parked: Parked) -> None:
    await connection.execute(ANNOUNCED, [parked.name, parked.position])
