"""Whose a wait is, by its id."""

from datetime import datetime, timedelta
from typing import Any

from psycopg import AsyncConnection

type Connection = AsyncConnection[tuple[Any, ...]]

KEPT_FOR = timedelta(days=90)

ADD = (
    "INSERT INTO recoveries.recovery (recovery_id, account_id, made_at) VALUES (%s, %s, %s)"
    " ON CONFLICT DO NOTHING"
)
WHOSE = "SELECT account_id FROM recoveries.recovery WHERE recovery_id = %s"
EXPIRE = "DELETE FROM recoveries.recovery WHERE made_at < %s"
ERASE = "DELETE FROM recoveries.recovery WHERE account_id = %s"


async def add(connection: Connection, recovery_id: str, account_id: str, now: datetime) -> None:
    await connection.execute(ADD, [recovery_id, account_id, now])


async def whose(connection: Connection, recovery_id: str) -> str | None:
    row = await (await connection.execute(WHOSE, [recovery_id])).fetchone()
    return str(row[0]) if row else None


async def expire(connection: Connection, now: datetime) -> int:
    return (await connection.execute(EXPIRE, [now - KEPT_FOR])).rowcount


async def erase(connection: Connection, account_id: str) -> int:
    return (await connection.execute(ERASE, [account_id])).rowcount
