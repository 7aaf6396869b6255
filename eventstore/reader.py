"""Reads the log: in position order, or one stream. Never appends."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection

from eventstore.codec import Recorded, decode
from eventstore.limits import PAGE_BYTES

type Connection = AsyncConnection[tuple[Any, ...]]

PAGE = 2_000

HEAD = "SELECT position FROM log_head"
# A page ends with the row that fills it up: bounded by rows and by bytes, at least one row.
AFTER = (
    "SELECT notification_id, originator_id, originator_version, topic, state FROM ("
    "SELECT *, sum(octet_length(state)) OVER (ORDER BY notification_id"
    " ROWS UNBOUNDED PRECEDING) - octet_length(state)"
    " AS bytes_before FROM stored_events WHERE notification_id > %s AND notification_id <= %s"
    " ORDER BY notification_id LIMIT %s) AS page WHERE bytes_before < %s ORDER BY notification_id"
)
AT = (
    "SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events"
    " WHERE notification_id = ANY(%s) ORDER BY notification_id"
)
STREAM = (
    "SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events"
    " WHERE originator_id = %s AND notification_id <= %s ORDER BY originator_version"
)
RANGE_MAX = 2**62


class StoredRow(msgspec.Struct, frozen=True, gc=False):
    """An event as it is stored, not decoded."""

    position: int
    stream: str
    version: int
    name: str
    state: bytes

    def decode(self) -> Recorded:
        return decode(self.position, self.stream, self.version, self.name, self.state)


def within(rows: Iterable[StoredRow], size: int = PAGE_BYTES) -> list[StoredRow]:
    """The first rows, of about `size` bytes together, at least one."""
    kept: list[StoredRow] = []
    for row in rows:
        if size <= 0:
            break
        size -= len(row.state)
        kept.append(row)
    return kept


class MissingPosition(RuntimeError):
    """The log has a hole: positions are gapless by construction, so this is an alarm."""


async def head(connection: Connection) -> int:
    cursor = await connection.execute(HEAD)
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def rows_after(
    connection: Connection,
    position: int,
    upto: int = RANGE_MAX,
    limit: int = PAGE,
    size: int = PAGE_BYTES,
) -> list[StoredRow]:
    """The next rows in position order, of about `size` bytes at most.

    Raises `MissingPosition` where one is not there.
    """
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(AFTER, [position, upto, limit, size], prepare=True)
        found = await cursor.fetchall()
    rows = _stored(found)
    for expected, row in enumerate(rows, start=position + 1):
        if row.position != expected:
            raise MissingPosition(f"position {expected} is missing from the log")
    return rows


async def rows_at(connection: Connection, positions: Sequence[int]) -> list[StoredRow]:
    """The rows at these positions, in position order."""
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(AT, [list(positions)], prepare=True)
        return _stored(await cursor.fetchall())


async def stream_rows(
    connection: Connection, stream: str, upto: int = RANGE_MAX
) -> list[StoredRow]:
    """One stream up to a position."""
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(STREAM, [stream, upto], prepare=True)
        return _stored(await cursor.fetchall())


def _stored(found: Sequence[tuple[Any, ...]]) -> list[StoredRow]:
    return [
        StoredRow(at, stream, version, name, bytes(state))
        for at, stream, version, name, state in found
    ]


async def replay(
    connection: Connection, after: int = 0, upto: int = RANGE_MAX
) -> AsyncIterator[Recorded]:
    """Every event in order, a page at a time."""
    while rows := await rows_after(connection, after, upto):
        for row in rows:
            yield row.decode()
        after = rows[-1].position
