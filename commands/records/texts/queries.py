"""How much of a day's budgets is spent, and which messages were tried."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg import AsyncConnection

type Connection = AsyncConnection[tuple[Any, ...]]

TRIED_FOR = timedelta(days=3)

# One after the other, all of them: the day's money is one row anyway, and whoever spends twice in a
# transaction would hold it while waiting for another's number.
LATER = "SELECT pg_advisory_xact_lock(hashtextextended('texts', 0))"
SPEND = (
    "INSERT INTO texts.spent AS now (day, scope, who, spent) SELECT %(day)s, %(scope)s, %(who)s,"
    " %(amount)s WHERE %(amount)s <= %(most)s"
    " ON CONFLICT (day, scope, who) DO UPDATE SET spent = now.spent + %(amount)s"
    " WHERE now.spent + %(amount)s <= %(most)s RETURNING spent"
)
SPENT = "SELECT scope, sum(spent)::bigint FROM texts.spent WHERE day = %s GROUP BY scope"
TRY = (
    "INSERT INTO texts.tried (notice_id, tried_at) VALUES (%s, %s) ON CONFLICT DO NOTHING"
    " RETURNING notice_id"
)
NOT_TRIED = "DELETE FROM texts.tried WHERE notice_id = %s"
EXPIRE_SPENT = "DELETE FROM texts.spent WHERE day < %s"
EXPIRE_TRIED = "DELETE FROM texts.tried WHERE tried_at < %s"


class Share(msgspec.Struct, frozen=True):
    """What one message takes of a budget."""

    scope: str
    who: str
    amount: int
    most: int


async def spend(connection: Connection, shares: Sequence[Share], now: datetime) -> str | None:
    """The scope whose budget is spent, if one is: the caller's transaction then takes nothing."""
    day = now.date()
    await connection.execute(LATER)
    for share in shares:
        asked = {"day": day, **msgspec.structs.asdict(share)}
        if await (await connection.execute(SPEND, asked)).fetchone() is None:
            return share.scope
    return None


async def spent(connection: Connection, now: datetime) -> dict[str, int]:
    """By scope, all who are counted there together."""
    rows = await (await connection.execute(SPENT, [now.date()])).fetchall()
    return {str(scope): int(amount) for scope, amount in rows}


async def first_try(connection: Connection, notice_id: str, now: datetime) -> bool:
    """Whether nobody has tried it before."""
    return await (await connection.execute(TRY, [notice_id, now])).fetchone() is not None


async def not_tried(connection: Connection, notice_id: str) -> None:
    """It never left."""
    await connection.execute(NOT_TRIED, [notice_id])


async def expire(connection: Connection, now: datetime) -> int:
    spent_ones = await connection.execute(EXPIRE_SPENT, [(now - TRIED_FOR).date()])
    tried = await connection.execute(EXPIRE_TRIED, [now - TRIED_FOR])
    return spent_ones.rowcount + tried.rowcount
