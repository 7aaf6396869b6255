"""Devices that are known, by the hash of what each was given to show."""

from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection

type Connection = AsyncConnection[tuple[Any, ...]]

# One that was not seen for so long is a new one again.
KNOWN_FOR = timedelta(days=90)

ADD = (
    "INSERT INTO devices.device (device_id, account_id, token_hash, made_at, seen_at)"
    " VALUES (%s, %s, %s, %s, %s)"
)
KNOWN = (
    "SELECT FROM devices.device"
    " WHERE device_id = %s AND account_id = %s AND token_hash = %s AND seen_at > %s"
)
SEEN = "UPDATE devices.device SET seen_at = %s WHERE device_id = %s"
EXPIRE = "DELETE FROM devices.device WHERE seen_at < %s"
FORGET = "DELETE FROM devices.device WHERE account_id = %s"


async def add(
    connection: Connection, device_id: str, account_id: str, token_hash: bytes, now: datetime
) -> None:
    await connection.execute(ADD, [device_id, account_id, token_hash, now, now])


async def known(
    connection: Connection, device_id: str, account_id: str, token_hash: bytes, now: datetime
) -> bool:
    """Whether it is that account's, and was seen lately."""
    asked = [device_id, account_id, token_hash, now - KNOWN_FOR]
    return (await connection.execute(KNOWN, asked)).rowcount == 1


async def seen(connection: Connection, device_id: str, now: datetime) -> None:
    await connection.execute(SEEN, [now, device_id])


async def expire(connection: Connection, now: datetime) -> int:
    return (await connection.execute(EXPIRE, [now - KNOWN_FOR])).rowcount


async def forget(connection: Connection, account_id: str) -> int:
    """All of an account's: each has to show a second factor again."""
    return (await connection.execute(FORGET, [account_id])).rowcount
