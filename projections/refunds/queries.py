"""Queries of the refunds model."""

from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

type Connection = AsyncConnection[tuple[Any, ...]]


class RefundView(msgspec.Struct, frozen=True, kw_only=True):
    refund_id: str
    order_id: str
    amount_minor: int
    currency: str
    status: str
    reason: str
    settled_minor: int
    requested_at: datetime
    ended_at: datetime | None
    position: int


COLUMNS = (
    "refund_id, order_id, amount_minor, currency, status, reason, settled_minor, requested_at,"
    " ended_at, position"
)
REFUND = f"SELECT {COLUMNS} FROM rm_refunds.refunds WHERE refund_id = %s"  # noqa: S608


async def refund(connection: Connection, refund_id: str) -> RefundView | None:
    async with connection.cursor(row_factory=class_row(RefundView)) as cursor:
        await cursor.execute(REFUND, [refund_id])
        return await cursor.fetchone()
