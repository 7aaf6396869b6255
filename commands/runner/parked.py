"""What a process manager could not react to: events that wait for it, and for nobody else.

Any order of arrival gives the same commands, so those behind it go on.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection

type Connection = AsyncConnection[tuple[Any, ...]]

PARK = (
    "INSERT INTO process_parked (process, position, problem) VALUES (%s, %s, %s)"
    " ON CONFLICT (process, position) DO UPDATE SET problem = excluded.problem,"
    " attempts = process_parked.attempts + 1, retry = false"
)
DONE = "DELETE FROM process_parked WHERE process = %s AND position = ANY(%s)"
WANTED = "SELECT process, position FROM process_parked WHERE retry ORDER BY position LIMIT %s"
RETRY = (
    "UPDATE process_parked SET retry = true WHERE (%(process)s = '' OR process = %(process)s)"
    " AND (%(position)s = 0 OR position = %(position)s)"
)
LISTED = (
    "SELECT process, position, problem, attempts, parked_at, retry FROM process_parked"
    " ORDER BY process, position LIMIT %s"
)
PLACES = (
    "SELECT c.name, c.position, h.position - c.position,"
    " (SELECT count(*) FROM process_parked AS p WHERE p.process = c.name)"
    " FROM process_checkpoint AS c, log_head AS h ORDER BY c.name"
)


class Parked(msgspec.Struct, frozen=True, kw_only=True):
    """`retry`: somebody has asked for another try, and it has not been made yet."""

    process: str
    position: int
    problem: str
    attempts: int
    parked_at: Any
    retry: bool


class Place(msgspec.Struct, frozen=True):
    """How far a process manager has read the log, and how many events wait for it."""

    process: str
    position: int
    behind: int
    parked: int


async def park(connection: Connection, process: str, problems: Mapping[int, str]) -> None:
    if problems:
        async with connection.cursor() as cursor:
            rows = [(process, position, problem) for position, problem in problems.items()]
            await cursor.executemany(PARK, rows)


async def done(connection: Connection, process: str, positions: Sequence[int]) -> None:
    await connection.execute(DONE, [process, list(positions)])


async def wanted(connection: Connection, limit: int) -> dict[str, list[int]]:
    """Positions to try again, by process."""
    found: dict[str, list[int]] = {}
    for process, position in await (await connection.execute(WANTED, [limit])).fetchall():
        found.setdefault(process, []).append(int(position))
    return found


async def retry(connection: Connection, process: str = "", position: int = 0) -> int:
    """Ask for another try: of one event, of all of a process, or of all. How many there are."""
    values = {"process": process, "position": position}
    return (await connection.execute(RETRY, values)).rowcount


async def listed(connection: Connection, limit: int) -> list[Parked]:
    rows = await (await connection.execute(LISTED, [limit])).fetchall()
    return [Parked(**dict(zip(Parked.__struct_fields__, row, strict=True))) for row in rows]


async def places(connection: Connection) -> list[Place]:
    return [Place(*row) for row in await (await connection.execute(PLACES)).fetchall()]
