"""Second factors: sealed seeds and hashes of recovery codes."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg import AsyncConnection

from eventstore.events.account import FactorKind

type Connection = AsyncConnection[tuple[Any, ...]]

UNCONFIRMED_MAX = 5

ADD = (
    "INSERT INTO factors.factor (factor_id, account_id, kind, seed, made_at)"
    " VALUES (%s, %s, %s, %s, %s)"
)
# What somebody has begun and left is forgotten for what he begins now.
FORGET_BEGUN = (
    "DELETE FROM factors.factor WHERE account_id = %s AND confirmed_at IS NULL AND factor_id NOT IN"
    " (SELECT factor_id FROM factors.factor WHERE account_id = %s AND confirmed_at IS NULL"
    "  ORDER BY made_at DESC LIMIT %s)"
)
OF = (
    "SELECT factor_id, kind, seed, last_step, confirmed_at IS NOT NULL FROM factors.live"
    " WHERE account_id = %s ORDER BY made_at, factor_id"
)
SPEND_STEP = "UPDATE factors.factor SET last_step = %s WHERE factor_id = %s AND last_step < %s"
CONFIRM = "UPDATE factors.factor SET confirmed_at = coalesce(confirmed_at, %s) WHERE factor_id = %s"
REMOVE = "DELETE FROM factors.factor WHERE factor_id = %s AND account_id = %s"
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
REMOVE_CODES = "DELETE FROM factors.factor WHERE account_id = %s AND kind = 'recovery_codes'"
ADD_CODE = (
    "INSERT INTO factors.recovery_code (account_id, code_hash, factor_id) VALUES (%s, %s, %s)"
)
SPEND_CODE = (
    "DELETE FROM factors.recovery_code WHERE account_id = %s AND code_hash = %s"
    " AND factor_id IN (SELECT factor_id FROM factors.live)"
)
CODES_LEFT = (
    "SELECT count(*) FROM factors.recovery_code WHERE account_id = %s"
    " AND factor_id IN (SELECT factor_id FROM factors.live)"
)
EXPIRE = "DELETE FROM factors.factor WHERE confirmed_at IS NULL AND made_at < %s"
ERASE = "DELETE FROM factors.factor WHERE account_id = %s"


class Factor(msgspec.Struct, frozen=True):
    """`seed` is sealed."""

    factor_id: str
    kind: FactorKind
    seed: str | None
    last_step: int
    confirmed: bool


async def add(
    connection: Connection,
    factor_id: str,
    account_id: str,
    kind: FactorKind,
    seed: str | None,
    now: datetime,
) -> None:
    await connection.execute(ADD, [factor_id, account_id, kind, seed, now])
    await connection.execute(FORGET_BEGUN, [account_id, account_id, UNCONFIRMED_MAX])


async def of(connection: Connection, account_id: str) -> list[Factor]:
    """All of an account's, those that are only begun too; the oldest first."""
    rows = await (await connection.execute(OF, [account_id])).fetchall()
    return [Factor(*row) for row in rows]


async def spend_step(connection: Connection, factor_id: str, step: int) -> bool:
    """Whether the code of this step of time, or of a later one, was not shown before."""
    return (await connection.execute(SPEND_STEP, [step, factor_id, step])).rowcount == 1


async def confirm(connection: Connection, factor_id: str, now: datetime) -> None:
    await connection.execute(CONFIRM, [now, factor_id])


async def remove(connection: Connection, factor_id: str, account_id: str) -> None:
    await connection.execute(REMOVE, [factor_id, account_id])


async def remove_codes(connection: Connection, account_id: str) -> None:
    """All of them: one who draws at the same time waits, and takes these away."""
    await connection.execute(LOCK, [f"recovery-codes/{account_id}"])
    await connection.execute(REMOVE_CODES, [account_id])


async def add_codes(
    connection: Connection, account_id: str, factor_id: str, hashes: Iterable[bytes]
) -> None:
    for code_hash in hashes:
        await connection.execute(ADD_CODE, [account_id, code_hash, factor_id])


async def spend_code(connection: Connection, account_id: str, code_hash: bytes) -> bool:
    """Whether it was one, and not used yet."""
    return (await connection.execute(SPEND_CODE, [account_id, code_hash])).rowcount == 1


async def codes_left(connection: Connection, account_id: str) -> int:
    row = await (await connection.execute(CODES_LEFT, [account_id])).fetchone()
    return int(row[0]) if row else 0


async def expire(connection: Connection, now: datetime) -> int:
    """Authenticators that were begun a day ago and never shown."""
    return (await connection.execute(EXPIRE, [now - timedelta(days=1)])).rowcount


async def erase(connection: Connection, account_id: str) -> int:
    return (await connection.execute(ERASE, [account_id])).rowcount
