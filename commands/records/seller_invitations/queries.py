"""Invitations to act for a seller: taken by who owns the address that they were sent to."""

from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection

from eventstore.identity import Member

type Connection = AsyncConnection[tuple[Any, ...]]

ADD = (
    "INSERT INTO seller_invitations.invitation"
    " (invitation_id, seller_id, member, contact, invited_by, expires_at)"
    " VALUES (%s, %s, %s, %s, %s, %s)"
)
OF = (
    "SELECT seller_id, member, contact, invited_by FROM seller_invitations.invitation"
    " WHERE invitation_id = %s AND (used_by IS NULL OR used_by = %s) AND expires_at > %s"
)
TAKE = (
    "UPDATE seller_invitations.invitation SET used_by = %s"
    " WHERE invitation_id = %s AND (used_by IS NULL OR used_by = %s)"
)
EXPIRE = "DELETE FROM seller_invitations.invitation WHERE expires_at < %s"
VOID = "DELETE FROM seller_invitations.invitation WHERE invitation_id = %s"
ERASE = "DELETE FROM seller_invitations.invitation WHERE used_by = %s"


class Invited(msgspec.Struct, frozen=True):
    """`contact` is the address's keyed hash, `invited_by` an owner's account, "" for staff."""

    seller_id: str
    member: Member
    contact: str
    invited_by: str


async def add(
    connection: Connection, invitation_id: str, invited: Invited, expires_at: datetime
) -> None:
    asked = [invitation_id, *msgspec.structs.astuple(invited), expires_at]
    await connection.execute(ADD, asked)


async def of(
    connection: Connection, invitation_id: str, account_id: str, now: datetime
) -> Invited | None:
    """One that is good, or was taken by this account: its answer may have been lost."""
    row = await (await connection.execute(OF, [invitation_id, account_id, now])).fetchone()
    return Invited(*row) if row else None


async def take(connection: Connection, invitation_id: str, account_id: str) -> bool:
    asked = [account_id, invitation_id, account_id]
    return (await connection.execute(TAKE, asked)).rowcount == 1


async def void(connection: Connection, invitation_id: str) -> None:
    """It has nothing to give, and never will."""
    await connection.execute(VOID, [invitation_id])


async def expire(connection: Connection, now: datetime) -> int:
    return (await connection.execute(EXPIRE, [now])).rowcount


async def erase(connection: Connection, account_id: str) -> int:
    return (await connection.execute(ERASE, [account_id])).rowcount
