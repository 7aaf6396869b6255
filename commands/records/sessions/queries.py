"""Refresh tokens by their hashes. Whether a session has ended is asked of the log itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg import AsyncConnection

from eventstore.identity import Surface

type Connection = AsyncConnection[tuple[Any, ...]]

RECENT_MAX = 8
OPEN_MAX = 1000

ADD = (
    "INSERT INTO sessions.session (session_id, account_id, device_id, surface, seller_id,"
    " token_hash, idle_s, factor_at, started_at, idle_until, absolute_until)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
# One statement: a token is spent once, whoever else shows it, and not after its session's end.
ROTATE = (
    "UPDATE sessions.session SET token_hash = %s, rotations = rotations + 1,"
    " recent = (%s::timestamptz || recent)[1:%s],"
    " idle_until = LEAST(absolute_until, %s::timestamptz + make_interval(secs => idle_s))"
    " WHERE session_id = %s AND token_hash = %s AND ended_at IS NULL AND idle_until > %s"
    " AND NOT EXISTS (SELECT FROM stored_events WHERE originator_id = 'session-' || session_id"
    " AND topic = 'session.ended.v1') RETURNING account_id, surface, seller_id, factor_at"
)
OF = (
    "SELECT account_id, surface, seller_id, factor_at, token_hash, rotations, recent,"
    " ended_at IS NULL AND idle_until > %s AND NOT EXISTS (SELECT FROM stored_events"
    " WHERE originator_id = 'session-' || session_id AND topic = 'session.ended.v1')"
    " FROM sessions.session WHERE session_id = %s"
)
OPEN = (
    "SELECT session_id FROM sessions.session WHERE account_id = %s AND ended_at IS NULL"
    " AND (%s::text IS NULL OR surface = %s) AND (%s = '' OR seller_id = %s)"
    " ORDER BY started_at LIMIT %s"
)
ON_DEVICE = (
    "SELECT session_id FROM sessions.session WHERE account_id = %s AND device_id = %s"
    " AND ended_at IS NULL ORDER BY started_at LIMIT %s"
)
DEVICE_OF = "SELECT device_id FROM sessions.session WHERE session_id = %s AND account_id = %s"
STEPPED_UP = (
    "UPDATE sessions.session SET factor_at = %s WHERE session_id = %s AND account_id = %s"
    " AND ended_at IS NULL AND idle_until > %s AND absolute_until > %s"
    " RETURNING account_id, surface, seller_id, factor_at"
)
END = "UPDATE sessions.session SET ended_at = %s WHERE session_id = ANY(%s)"
EXPIRE = (
    "DELETE FROM sessions.session WHERE absolute_until < %(now)s OR idle_until < %(now)s"
    " OR ended_at < %(now)s"
)
ERASE = "DELETE FROM sessions.session WHERE account_id = %s"


class New(msgspec.Struct, frozen=True, kw_only=True):
    """A session that is to start; `idle_s` how long it may lie unused."""

    session_id: str
    account_id: str
    device_id: str
    surface: Surface
    seller_id: str
    token_hash: bytes
    idle_s: int
    factor_at: datetime | None
    started_at: datetime
    idle_until: datetime
    absolute_until: datetime


class Kept(msgspec.Struct, frozen=True):
    """`recent` is when the last tokens were spent, the newest first."""

    account_id: str
    surface: Surface
    seller_id: str
    factor_at: datetime | None
    token_hash: bytes
    rotations: int
    recent: Sequence[datetime]
    alive: bool


class Rotated(msgspec.Struct, frozen=True):
    account_id: str
    surface: Surface
    seller_id: str
    factor_at: datetime | None


async def add(connection: Connection, new: New) -> None:
    await connection.execute(ADD, list(msgspec.structs.astuple(new)))


async def rotate(
    connection: Connection, session_id: str, spent: bytes, successor: bytes, now: datetime
) -> Rotated | None:
    """Spend the current token, by the hashes of both; None if it is not that, or not alive."""
    asked = [successor, now, RECENT_MAX, now, session_id, spent, now]
    row = await (await connection.execute(ROTATE, asked, prepare=True)).fetchone()
    return Rotated(*row) if row else None


async def of(connection: Connection, session_id: str, now: datetime) -> Kept | None:
    row = await (await connection.execute(OF, [now, session_id])).fetchone()
    if row is None:
        return None
    account_id, surface, seller_id, factor_at, token_hash, *rest = row
    return Kept(account_id, surface, seller_id, factor_at, bytes(token_hash), *rest)


async def open_of(
    connection: Connection, account_id: str, surface: Surface | None = None, seller_id: str = ""
) -> tuple[str, ...]:
    """Its sessions, or those of a surface, that are not known to have ended, the oldest first."""
    asked = [account_id, surface, surface, seller_id, seller_id, OPEN_MAX]
    rows = await (await connection.execute(OPEN, asked)).fetchall()
    return tuple(str(row[0]) for row in rows)


async def on_device(connection: Connection, account_id: str, device_id: str) -> tuple[str, ...]:
    """Those that were begun on a device and are not known to have ended, the oldest first."""
    rows = await connection.execute(ON_DEVICE, [account_id, device_id, OPEN_MAX])
    return tuple(str(row[0]) for row in await rows.fetchall())


async def device_of(connection: Connection, account_id: str, session_id: str) -> str:
    """The device that it was begun on; "" for a session that is not the account's."""
    row = await (await connection.execute(DEVICE_OF, [session_id, account_id])).fetchone()
    return str(row[0]) if row else ""


async def stepped_up(
    connection: Connection, session_id: str, account_id: str, now: datetime
) -> Rotated | None:
    """A second factor was shown in it; None if it has ended, or could not be refreshed."""
    asked = [now, session_id, account_id, now, now]
    row = await (await connection.execute(STEPPED_UP, asked)).fetchone()
    return Rotated(*row) if row else None


async def end(connection: Connection, sessions: Sequence[str], now: datetime) -> None:
    """What the log has said already."""
    await connection.execute(END, [now, list(sessions)])


async def expire(connection: Connection, now: datetime) -> int:
    """What can be refreshed no more, since a day."""
    return (await connection.execute(EXPIRE, {"now": now - timedelta(days=1)})).rowcount


async def erase(connection: Connection, account_id: str) -> int:
    return (await connection.execute(ERASE, [account_id])).rowcount
