"""Devices that are known, by the hash of what each was given to show."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg import AsyncConnection

type Connection = AsyncConnection[tuple[Any, ...]]

# One that was not seen for so long is a new one again.
KNOWN_FOR = timedelta(days=90)
# One that its owner trusts signs in by itself for so long.
TRUSTED_FOR = timedelta(days=30)

ADD = (
    "INSERT INTO devices.device"
    " (device_id, account_id, token_hash, name, trusted_until, made_at, seen_at)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s)"
)
KNOWN = (
    "SELECT device_id, account_id, coalesce(trusted_until > %s, false) FROM devices.device"
    " WHERE device_id = %s AND token_hash = %s AND seen_at > %s"
)
OF = (
    "SELECT device_id, name, made_at, seen_at, trusted_until FROM devices.device"
    " WHERE account_id = %s AND seen_at > %s ORDER BY seen_at DESC, device_id LIMIT 200"
)
NAME = "UPDATE devices.device SET name = %s WHERE device_id = %s AND account_id = %s"
REMOVE = "DELETE FROM devices.device WHERE device_id = %s AND account_id = %s"
SEEN = "UPDATE devices.device SET seen_at = %s WHERE device_id = %s"
EXPIRE = "DELETE FROM devices.device WHERE seen_at < %s"
FORGET_OTHERS = "DELETE FROM devices.device WHERE account_id = %s AND device_id <> %s"
TRUST_NO_OTHERS = (
    "UPDATE devices.device SET trusted_until = NULL WHERE account_id = %s AND device_id <> %s"
)
FORGET = "DELETE FROM devices.device WHERE account_id = %s"


class Known(msgspec.Struct, frozen=True):
    """`trusted` is one that signs in by itself."""

    device_id: str
    account_id: str
    trusted: bool


class Device(msgspec.Struct, frozen=True):
    """As its owner sees it."""

    device_id: str
    name: str
    made_at: datetime
    seen_at: datetime
    trusted_until: datetime | None


async def add(
    connection: Connection,
    known_as: Known,
    token_hash: bytes,
    name: str,
    now: datetime,
) -> None:
    until = now + TRUSTED_FOR if known_as.trusted else None
    row = [known_as.device_id, known_as.account_id, token_hash, name, until, now, now]
    await connection.execute(ADD, row)


async def known(
    connection: Connection, device_id: str, token_hash: bytes, now: datetime
) -> Known | None:
    """Whose it is, if it was seen lately."""
    asked = [now, device_id, token_hash, now - KNOWN_FOR]
    row = await (await connection.execute(KNOWN, asked)).fetchone()
    return Known(*row) if row else None


async def of(connection: Connection, account_id: str, now: datetime) -> list[Device]:
    """The last seen first."""
    rows = await (await connection.execute(OF, [account_id, now - KNOWN_FOR])).fetchall()
    return [Device(*row) for row in rows]


async def rename(connection: Connection, device_id: str, account_id: str, name: str) -> bool:
    """Whether there is one."""
    return (await connection.execute(NAME, [name, device_id, account_id])).rowcount == 1


async def remove(connection: Connection, device_id: str, account_id: str) -> bool:
    """Whether there was one."""
    return (await connection.execute(REMOVE, [device_id, account_id])).rowcount == 1


async def seen(connection: Connection, device_id: str, now: datetime) -> bool:
    """Whether it is still there."""
    return (await connection.execute(SEEN, [now, device_id])).rowcount == 1


async def expire(connection: Connection, now: datetime) -> int:
    return (await connection.execute(EXPIRE, [now - KNOWN_FOR])).rowcount


async def forget_others(connection: Connection, account_id: str, device_id: str) -> None:
    """All but one."""
    await connection.execute(FORGET_OTHERS, [account_id, device_id])


async def trust_no_others(connection: Connection, account_id: str, device_id: str) -> None:
    """None but one signs in by itself any more."""
    await connection.execute(TRUST_NO_OTHERS, [account_id, device_id])


async def forget(connection: Connection, account_id: str) -> int:
    """All of an account's: each has to show a second factor again."""
    return (await connection.execute(FORGET, [account_id])).rowcount
