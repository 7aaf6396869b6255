"""API keys by their hashes. Whether one was ended is asked of the log itself."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg import AsyncConnection

from eventstore.identity import Member

type Connection = AsyncConnection[tuple[Any, ...]]

LISTED_MAX = 200
USED_EVERY = timedelta(minutes=1)

ADD = (
    "INSERT INTO api_keys.api_key (key_id, key_hash, hint, seller_id, account_id, member, name,"
    " permissions, made_at, expires_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
# One that the log knows nothing of was never issued.
GOOD = (
    "SELECT key_id, seller_id, account_id, member, permissions, expires_at FROM api_keys.api_key"
    " WHERE key_hash = %s AND ended_at IS NULL AND expires_at > %s"
    " AND EXISTS (SELECT FROM stored_events WHERE originator_id = 'api_key-' || key_id)"
    " AND NOT EXISTS (SELECT FROM stored_events WHERE originator_id = 'session-' || key_id"
    " AND topic = 'session.ended.v1')"
    " AND NOT EXISTS (SELECT FROM stored_events WHERE originator_id = 'api_key-' || key_id"
    " AND topic = 'api_key.replaced.v1'"
    " AND (convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'until')::timestamptz <= %s)"
)
USED = (
    "UPDATE api_keys.api_key SET last_used_at = %s WHERE key_id = %s"
    " AND (last_used_at IS NULL OR last_used_at < %s)"
)
OF_SELLER = (
    "SELECT key_id, hint, account_id, name, permissions, made_at, expires_at, last_used_at"
    " FROM api_keys.api_key WHERE seller_id = %s AND ended_at IS NULL AND expires_at > %s"
    " AND EXISTS (SELECT FROM stored_events WHERE originator_id = 'api_key-' || key_id)"
    " ORDER BY made_at, key_id LIMIT %s"
)
OPEN = (
    "SELECT key_id FROM api_keys.api_key WHERE account_id = %s AND ended_at IS NULL"
    " AND (%s = '' OR seller_id = %s) ORDER BY made_at LIMIT %s"
)
SHORTEN = "UPDATE api_keys.api_key SET expires_at = least(expires_at, %s) WHERE key_id = %s"
END = "UPDATE api_keys.api_key SET ended_at = %s WHERE key_id = ANY(%s)"
EXPIRE = "DELETE FROM api_keys.api_key WHERE expires_at < %(then)s OR ended_at < %(then)s"
ERASE = "DELETE FROM api_keys.api_key WHERE account_id = %s"


class New(msgspec.Struct, frozen=True, kw_only=True):
    """`hint` is what of the key may be shown again: its last letters."""

    key_id: str
    key_hash: bytes
    hint: str
    seller_id: str
    account_id: str
    member: Member
    name: str
    permissions: tuple[str, ...]
    made_at: datetime
    expires_at: datetime


class Good(msgspec.Struct, frozen=True):
    """What a key lets its holder do."""

    key_id: str
    seller_id: str
    account_id: str
    member: Member
    permissions: Sequence[str]
    expires_at: datetime


class Seen(msgspec.Struct, frozen=True):
    """As its seller's people see it; `last_used_at` may be five minutes behind."""

    key_id: str
    hint: str
    account_id: str
    name: str
    permissions: Sequence[str]
    made_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


async def add(connection: Connection, new: New) -> None:
    *front, permissions, made_at, expires_at = msgspec.structs.astuple(new)
    await connection.execute(ADD, [*front, list(permissions), made_at, expires_at])


async def good(connection: Connection, key_hash: bytes, now: datetime) -> Good | None:
    """None for one that is unknown, too old, or was ended."""
    row = await (await connection.execute(GOOD, [key_hash, now, now])).fetchone()
    return Good(*row) if row else None


async def used(connection: Connection, key_id: str, now: datetime) -> None:
    await connection.execute(USED, [now, key_id, now - USED_EVERY])


async def of_seller(connection: Connection, seller_id: str, now: datetime) -> list[Seen]:
    """Those that are good, the oldest first."""
    rows = await (await connection.execute(OF_SELLER, [seller_id, now, LISTED_MAX])).fetchall()
    return [Seen(*row) for row in rows]


async def open_of(connection: Connection, account_id: str, seller_id: str = "") -> tuple[str, ...]:
    """Of somebody, and for a seller, if it is named."""
    asked = [account_id, seller_id, seller_id, LISTED_MAX]
    rows = await (await connection.execute(OPEN, asked)).fetchall()
    return tuple(str(row[0]) for row in rows)


async def shorten(connection: Connection, key_id: str, until: datetime) -> None:
    await connection.execute(SHORTEN, [until, key_id])


async def end(connection: Connection, keys: Sequence[str], now: datetime) -> None:
    """What the log has said already."""
    await connection.execute(END, [now, list(keys)])


async def expire(connection: Connection, now: datetime) -> int:
    """A month later: somebody may ask why a program has stopped."""
    then = {"then": now - timedelta(days=30)}
    return (await connection.execute(EXPIRE, then)).rowcount


async def erase(connection: Connection, account_id: str) -> int:
    return (await connection.execute(ERASE, [account_id])).rowcount
