"""Passkeys: public keys, each of a factor, by the id that its authenticator gave it."""

from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection

type Connection = AsyncConnection[tuple[Any, ...]]

ADD = (
    "INSERT INTO factors.passkey (credential_id, factor_id, public_key, sign_count, name)"
    " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
OF = (
    "SELECT p.credential_id, p.factor_id, f.account_id, p.public_key, p.sign_count"
    " FROM factors.passkey p JOIN factors.live f USING (factor_id)"
    " WHERE p.credential_id = %s AND f.confirmed_at IS NOT NULL"
)
IDS = (
    "SELECT p.credential_id FROM factors.passkey p JOIN factors.live f USING (factor_id)"
    " WHERE f.account_id = %s AND f.confirmed_at IS NOT NULL ORDER BY f.made_at"
)
# Two who show the same answer at once: the counter goes on for one of them, where it counts.
USED = (
    "UPDATE factors.passkey SET sign_count = %s, used_at = %s"
    " WHERE credential_id = %s AND sign_count = %s"
)
NAMES = (
    "SELECT f.factor_id, f.kind, coalesce(p.name, ''), f.made_at, p.used_at"
    " FROM factors.live f LEFT JOIN factors.passkey p USING (factor_id)"
    " WHERE f.account_id = %s AND f.confirmed_at IS NOT NULL ORDER BY f.made_at, f.factor_id"
)


class New(msgspec.Struct, frozen=True):
    """What was verified of one that is to be added."""

    credential_id: bytes
    factor_id: str
    public_key: bytes
    sign_count: int
    name: str


class Passkey(msgspec.Struct, frozen=True):
    credential_id: bytes
    factor_id: str
    account_id: str
    public_key: bytes
    sign_count: int


class FactorSeen(msgspec.Struct, frozen=True):
    """A factor as its owner sees it; `used_at` is known of passkeys."""

    factor_id: str
    kind: str
    name: str
    made_at: datetime
    used_at: datetime | None


async def add(connection: Connection, new: New) -> bool:
    """False if somebody has that credential."""
    return (await connection.execute(ADD, list(msgspec.structs.astuple(new)))).rowcount == 1


async def by_credential(connection: Connection, credential_id: bytes) -> Passkey | None:
    row = await (await connection.execute(OF, [credential_id])).fetchone()
    if row is None:
        return None
    known_as, factor_id, account_id, public_key, sign_count = row
    return Passkey(bytes(known_as), factor_id, account_id, bytes(public_key), sign_count)


async def ids_of(connection: Connection, account_id: str) -> list[bytes]:
    rows = await (await connection.execute(IDS, [account_id])).fetchall()
    return [bytes(row[0]) for row in rows]


async def used(connection: Connection, passkey: Passkey, sign_count: int, now: datetime) -> bool:
    """Whether nobody has used it since it was looked up."""
    asked = [sign_count, now, passkey.credential_id, passkey.sign_count]
    return (await connection.execute(USED, asked)).rowcount == 1


async def factors_of(connection: Connection, account_id: str) -> list[FactorSeen]:
    """The oldest first."""
    rows = await (await connection.execute(NAMES, [account_id])).fetchall()
    return [FactorSeen(*row) for row in rows]
