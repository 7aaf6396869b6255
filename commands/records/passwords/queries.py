"""Hashes of passwords. That there is one says nothing of whether there is an account."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg import AsyncConnection

type Connection = AsyncConnection[tuple[Any, ...]]

UNCONFIRMED_FOR = timedelta(days=1)

ADD = "INSERT INTO passwords.password (account_id, hash, made_at) VALUES (%s, %s, %s)"
OF = "SELECT hash, credentials FROM passwords.password WHERE account_id = %s"
AGAIN = "UPDATE passwords.password SET hash = %s WHERE account_id = %s AND hash = %s"
# Who came by an identity at a provider has had none.
REPLACE = (
    "INSERT INTO passwords.password (hash, credentials, made_at, account_id)"
    " VALUES (%s, %s, %s, %s) ON CONFLICT (account_id) DO UPDATE SET hash = excluded.hash,"
    " credentials = excluded.credentials, made_at = excluded.made_at"
    " WHERE password.credentials < excluded.credentials"
)
# Of accounts that were never confirmed.
EXPIRE = (
    "DELETE FROM passwords.password WHERE made_at < %s AND NOT EXISTS ("
    " SELECT FROM stored_events WHERE originator_id = 'account-' || account_id)"
)
ERASE = "DELETE FROM passwords.password WHERE account_id = %s"


class Kept(msgspec.Struct, frozen=True):
    hash: str
    credentials: int


async def add(connection: Connection, account_id: str, hashed: str, now: datetime) -> None:
    await connection.execute(ADD, [account_id, hashed, now])


async def of(connection: Connection, account_id: str) -> Kept | None:
    row = await (await connection.execute(OF, [account_id])).fetchone()
    return Kept(*row) if row else None


async def hash_again(connection: Connection, account_id: str, before: str, now: str) -> None:
    """The same password, at another cost."""
    await connection.execute(AGAIN, [now, account_id, before])


async def replace(
    connection: Connection, account_id: str, credentials: int, hashed: str, now: datetime
) -> None:
    """Another password; `credentials` is its number as the log has counted it."""
    await connection.execute(REPLACE, [hashed, credentials, now, account_id])


async def expire(connection: Connection, now: datetime) -> int:
    return (await connection.execute(EXPIRE, [now - UNCONFIRMED_FOR])).rowcount


async def erase(connection: Connection, account_id: str) -> int:
    return (await connection.execute(ERASE, [account_id])).rowcount
