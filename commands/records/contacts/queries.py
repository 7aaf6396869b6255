"""Addresses: written when they are typed, read when something is sent there."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg import AsyncConnection

from eventstore.events.account import Channel

type Connection = AsyncConnection[tuple[Any, ...]]

UNCONFIRMED_FOR = timedelta(days=1)

ADD = (
    "INSERT INTO contacts.contact (contact_id, account_id, channel, name, address, made_at)"
    " VALUES (%s, %s, %s, %s, %s, %s)"
)
ADDRESS = "SELECT address FROM contacts.contact WHERE contact_id = %s"
# Whose it is the log alone says: the last word on its stream.
OWNED = (
    "SELECT contact_id, account_id, channel, name, address FROM contacts.contact"
    " WHERE account_id = %s AND contact_id = ("
    " SELECT CASE WHEN topic = 'contact.released.v1' THEN NULL"
    " ELSE convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'contact_id' END"
    " FROM stored_events WHERE originator_id = 'contact-' || name"
    " ORDER BY originator_version DESC LIMIT 1) ORDER BY channel, made_at, contact_id"
)
OF = (
    "SELECT contact_id, account_id, channel, name, address FROM contacts.contact"
    " WHERE contact_id = %s"
)
BEGAN = (
    "INSERT INTO contacts.change (change_id, account_id, made_at, undo_until)"
    " VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
CHANGE = "SELECT account_id, made_at FROM contacts.change WHERE change_id = %s"
EXPIRE_CHANGES = "DELETE FROM contacts.change WHERE undo_until < %s"
ERASE_CHANGES = "DELETE FROM contacts.change WHERE account_id = %s"
# What was typed and within a day never shown to be theirs who typed it.
EXPIRE = (
    "DELETE FROM contacts.contact WHERE made_at < %s AND NOT EXISTS ("
    " SELECT FROM stored_events WHERE originator_id = 'contact-' || name"
    " AND convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'contact_id' = contact_id)"
)
ERASE = "DELETE FROM contacts.contact WHERE account_id = %s"


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """`name` is the address's keyed hash."""

    contact_id: str
    account_id: str
    channel: Channel
    name: str
    address: str


async def add(connection: Connection, contact: Contact, now: datetime) -> None:
    await connection.execute(ADD, [*msgspec.structs.astuple(contact), now])


async def address_of(connection: Connection, contact_id: str) -> str | None:
    """None once it has been erased."""
    row = await (await connection.execute(ADDRESS, [contact_id])).fetchone()
    return str(row[0]) if row else None


async def owned_by(connection: Connection, account_id: str) -> list[Contact]:
    """The contacts that are an account's own, e-mail first."""
    rows = await (await connection.execute(OWNED, [account_id])).fetchall()
    return [_contact(row) for row in rows]


async def confirmed_of(connection: Connection, account_id: str) -> list[str]:
    """Their ids."""
    return [one.contact_id for one in await owned_by(connection, account_id)]


async def first_confirmed(connection: Connection, account_id: str) -> Contact | None:
    """The contact that an account's codes go to."""
    return next(iter(await owned_by(connection, account_id)), None)


async def of(connection: Connection, contact_id: str) -> Contact | None:
    """None once it has been erased."""
    row = await (await connection.execute(OF, [contact_id])).fetchone()
    return _contact(row) if row else None


async def changing(
    connection: Connection, change_id: str, account_id: str, now: datetime, until: datetime
) -> None:
    """A change that may be undone until then."""
    await connection.execute(BEGAN, [change_id, account_id, now, until])


async def change(connection: Connection, change_id: str) -> tuple[str, datetime] | None:
    """Whose it was, and when."""
    row = await (await connection.execute(CHANGE, [change_id])).fetchone()
    return (str(row[0]), row[1]) if row else None


def _contact(row: tuple[Any, ...]) -> Contact:
    return Contact(**dict(zip(Contact.__struct_fields__, row, strict=True)))


async def expire(connection: Connection, now: datetime) -> int:
    gone = await connection.execute(EXPIRE, [now - UNCONFIRMED_FOR])
    changes = await connection.execute(EXPIRE_CHANGES, [now])
    return gone.rowcount + changes.rowcount


async def erase(connection: Connection, account_id: str) -> int:
    gone = await connection.execute(ERASE, [account_id])
    changes = await connection.execute(ERASE_CHANGES, [account_id])
    return gone.rowcount + changes.rowcount
