"""Invitations to be of staff: drawn on the command line, taken by who shows the token first."""

from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from eventstore.identity import StaffRole

type Connection = AsyncConnection[tuple[Any, ...]]

ADD = "INSERT INTO invitations.invitation (token_hash, role, expires_at) VALUES (%s, %s, %s)"
# Whoever took it may ask again: the answer may have been lost.
TAKE = (
    "UPDATE invitations.invitation SET used_by = %s WHERE token_hash = %s"
    " AND (used_by IS NULL OR used_by = %s) AND expires_at > %s RETURNING role"
)
VOID = "DELETE FROM invitations.invitation WHERE token_hash = %s"
EXPIRE = "DELETE FROM invitations.invitation WHERE expires_at < %s"
ERASE = "DELETE FROM invitations.invitation WHERE used_by = %s"


async def add(
    connection: Connection, token_hash: bytes, role: StaffRole, expires_at: datetime
) -> None:
    await connection.execute(ADD, [token_hash, role, expires_at])


async def take(
    connection: Connection, token_hash: bytes, account_id: str, now: datetime
) -> StaffRole | None:
    """What it makes of the account; None if it is none, too old or somebody else's."""
    asked = [account_id, token_hash, account_id, now]
    row = await (await connection.execute(TAKE, asked)).fetchone()
    return row[0] if row else None


async def void(connection: Connection, token_hash: bytes) -> None:
    """It has nothing to give, and never will."""
    await connection.execute(VOID, [token_hash])


async def expire(connection: Connection, now: datetime) -> int:
    return (await connection.execute(EXPIRE, [now])).rowcount


async def erase(connection: Connection, account_id: str) -> int:
    return (await connection.execute(ERASE, [account_id])).rowcount
