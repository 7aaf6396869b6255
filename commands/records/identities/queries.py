"""Identities at providers, and those who were sent there. Whose one is the log alone says."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg import AsyncConnection

from eventstore.identity import Surface

type Connection = AsyncConnection[tuple[Any, ...]]

LOOSE_FOR = timedelta(days=1)

ADD = (
    "INSERT INTO identities.identity"
    " (identity_id, account_id, provider, issuer, subject, name, made_at)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s)"
)
OF = (
    "SELECT identity_id, provider, name, made_at FROM identities.identity WHERE account_id = %s"
    " AND EXISTS (SELECT FROM stored_events WHERE originator_id = 'identity-' || name"
    "  AND topic = 'identity.linked.v1'"
    "  AND convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'identity_id' = identity_id)"
    " AND NOT EXISTS (SELECT FROM stored_events WHERE originator_id = 'identity-' || name"
    "  AND topic = 'identity.unlinked.v1'"
    "  AND convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'identity_id' = identity_id)"
    " ORDER BY made_at, identity_id LIMIT 100"
)
REMOVE = "DELETE FROM identities.identity WHERE identity_id = %s AND account_id = %s"
BEGIN = (
    "INSERT INTO identities.ceremony"
    " (ceremony_id, provider, redirect_uri, account_id, surface, seller_id, expires_at)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s)"
)
# Once, by whom it was begun for.
SPEND = (
    "UPDATE identities.ceremony SET used_at = %s WHERE ceremony_id = %s AND account_id = %s"
    " AND used_at IS NULL AND expires_at > %s"
    " RETURNING ceremony_id, provider, redirect_uri, account_id, surface, seller_id"
)
WAIT = (
    "INSERT INTO identities.waiting"
    " (challenge_id, account_id, provider, issuer, subject, expires_at)"
    " VALUES (%s, %s, %s, %s, %s, %s)"
)
WAITING = "SELECT provider, issuer, subject FROM identities.waiting WHERE challenge_id = %s"
EXPIRE = (
    "DELETE FROM identities.ceremony WHERE expires_at < %s",
    "DELETE FROM identities.waiting WHERE expires_at < %s",
    (
        "DELETE FROM identities.identity WHERE made_at < %s AND (NOT EXISTS ("
        "  SELECT FROM stored_events WHERE originator_id = 'identity-' || name"
        "  AND topic = 'identity.linked.v1'"
        "  AND convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'identity_id' = identity_id)"
        " OR EXISTS (SELECT FROM stored_events WHERE originator_id = 'identity-' || name"
        "  AND topic = 'identity.unlinked.v1'"
        "  AND convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'identity_id' = identity_id))"
    ),
)
ERASE = (
    "DELETE FROM identities.ceremony WHERE account_id = %s",
    "DELETE FROM identities.waiting WHERE account_id = %s",
    "DELETE FROM identities.identity WHERE account_id = %s",
)


class Ceremony(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who was sent to a provider; `account_id` is whose it shall be, "" to sign in."""

    ceremony_id: str
    provider: str
    redirect_uri: str
    account_id: str
    surface: Surface
    seller_id: str


class Named(msgspec.Struct, frozen=True):
    """Who somebody is at a provider."""

    provider: str
    issuer: str
    subject: str


class Linked(msgspec.Struct, frozen=True):
    """`name` is its keyed hash."""

    identity_id: str
    provider: str
    name: str
    made_at: datetime


async def add(
    connection: Connection,
    identity_id: str,
    account_id: str,
    named: Named,
    name: str,
    now: datetime,
) -> None:
    row = [identity_id, account_id, *msgspec.structs.astuple(named), name, now]
    await connection.execute(ADD, row)


async def of(connection: Connection, account_id: str) -> list[Linked]:
    """Those that the log says are the account's, the oldest first."""
    rows = await (await connection.execute(OF, [account_id])).fetchall()
    return [Linked(*row) for row in rows]


async def remove(connection: Connection, identity_id: str, account_id: str) -> None:
    await connection.execute(REMOVE, [identity_id, account_id])


async def begin(connection: Connection, ceremony: Ceremony, expires_at: datetime) -> None:
    await connection.execute(BEGIN, [*msgspec.structs.astuple(ceremony), expires_at])


async def spend(
    connection: Connection, ceremony_id: str, account_id: str, now: datetime
) -> Ceremony | None:
    """None for one that is unknown, spent, too old, or was begun by somebody else."""
    row = await (await connection.execute(SPEND, [now, ceremony_id, account_id, now])).fetchone()
    names = Ceremony.__struct_fields__
    return Ceremony(**dict(zip(names, row, strict=True))) if row else None


async def wait(
    connection: Connection, challenge_id: str, account_id: str, named: Named, until: datetime
) -> None:
    """For the code of this challenge."""
    await connection.execute(
        WAIT, [challenge_id, account_id, *msgspec.structs.astuple(named), until]
    )


async def waiting(connection: Connection, challenge_id: str) -> Named | None:
    row = await (await connection.execute(WAITING, [challenge_id])).fetchone()
    return Named(*row) if row else None


async def expire(connection: Connection, now: datetime) -> int:
    ceremonies, waiting_ones, loose = EXPIRE
    gone = [
        await connection.execute(ceremonies, [now]),
        await connection.execute(waiting_ones, [now]),
        await connection.execute(loose, [now - LOOSE_FOR]),
    ]
    return sum(one.rowcount for one in gone)


async def erase(connection: Connection, account_id: str) -> int:
    return sum([(await connection.execute(one, [account_id])).rowcount for one in ERASE])
