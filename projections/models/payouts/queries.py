"""Queries of the payouts model."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from psycopg.rows import class_row

from projections.query import Connection, reads


class PayoutView(msgspec.Struct, frozen=True, kw_only=True):
    payout_id: str
    seller_id: str
    provider: str
    amount_minor: int
    currency: str
    status: str
    provider_reference: str | None
    reason: str | None
    requested_at: datetime
    ended_at: datetime | None
    position: int


COLUMNS = (
    "payout_id, seller_id, provider, amount_minor, currency, status, provider_reference, reason,"
    " requested_at, ended_at, position"
)
PAYOUT = f"SELECT {COLUMNS} FROM rm_payouts.payouts WHERE payout_id = %s"  # noqa: S608
LIST = (
    f"SELECT {COLUMNS} FROM rm_payouts.payouts WHERE position < %(before)s"  # noqa: S608
    " AND (%(seller)s::text IS NULL OR seller_id = %(seller)s)"
    " ORDER BY position DESC LIMIT %(limit)s"
)


@reads("payouts")
async def payout(connection: Connection, payout_id: str) -> PayoutView | None:
    async with connection.cursor(row_factory=class_row(PayoutView)) as cursor:
        await cursor.execute(PAYOUT, [payout_id])
        return await cursor.fetchone()


@reads("payouts")
async def payouts(
    connection: Connection, *, before: int, limit: int, seller_id: str | None
) -> Sequence[PayoutView]:
    async with connection.cursor(row_factory=class_row(PayoutView)) as cursor:
        await cursor.execute(LIST, {"before": before, "limit": limit, "seller": seller_id})
        return await cursor.fetchall()
