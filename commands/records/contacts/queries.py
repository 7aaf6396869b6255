"""Addresses: written when they are typed, read when something is sent there."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg import AsyncConnection

type Connection = AsyncConnection[tuple[Any, ...]]

UNCONFIRMED_FOR = timedelta(days=1)

ADD = (
    "INSERT INTO contacts.contact (contact_id, account_id, channel, name, address, made_at)"
    " VALUES (%s, %s, %s, %s, %s, %s)"
)
ADDRESS = "SELECT address FROM contacts.contact WHERE contact_id = %s"
# Whose it is the log alone says.
CONFIRMED = (
    "SELECT contact_id FROM contacts.contact WHERE account_id = %s AND EXISTS ("
    " SELECT FROM stored_events WHERE originator_id = 'contact-' || name"
    " AND convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'contact_id' = contact_id)"
    " ORDER BY contact_id"
)
# What was typed and never shown to be somebody's: no account came of it within a day.
EXPIRE = (
    "DELETE FROM contacts.contact WHERE made_at < %s AND NOT EXISTS ("
    " SELECT FROM stored_events WHERE originator_id = 'account-' || account_id)"
)
FIRST = (
    "SELECT contact_id, account_id, channel, name, address FROM contacts.contact"
    " WHERE account_id = %s AND EXISTS ("
    " SELECT FROM stored_events WHERE originator_id = 'contact-' || name"
    " AND convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'contact_id' = contact_id)"
    " ORDER BY made_at, contact_id LIMIT 1"
)
ERASE = "DELETE FROM contacts.contact WHERE account_id = %s"


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is the address's keyed hash."""

    contact_id: str
    account_id: str
    channel: str
    name: str
    address: str


async def add(connection: Connection, contact: Contact, now: datetime) -> None:
    await connection.execute(ADD, [*msgspec.structs.astuple(contact), now])


async def address_of(connection: Connection, contact_id: str) -> str | None:
    """None once it has been erased."""
    row = await (await connection.execute(ADDRESS, [contact_id])).fetchone()
    return str(row[0]) if row else None


async def confirmed_of(connection: Connection, account_id: str) -> list[str]:
    """The ids of an account's contacts that are its own."""
    rows = await (await connection.execute(CONFIRMED, [account_id])).fetchall()
    return [str(row[0]) for row in rows]


async def first_confirmed(connection: Connection, account_id: str) -> Contact | None:
    """The contact that an account's codes go to."""
    row = await (await connection.execute(FIRST, [account_id])).fetchone()
    return Contact(**dict(zip(Contact.__struct_fields__, row, strict=True))) if row else None


async def expire(connection: Connection, now: datetime) -> int:
    return (await connection.execute(EXPIRE, [now - UNCONFIRMED_FOR])).rowcount


async def erase(connection: Connection, account_id: str) -> int:
    return (await connection.execute(ERASE, [account_id])).rowcount
