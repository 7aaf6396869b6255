"""Queries of the payments model."""

from datetime import datetime

import msgspec
from psycopg.rows import class_row

from projections.query import Connection, reads


class PaymentView(msgspec.Struct, frozen=True, kw_only=True):
    payment_id: str
    order_id: str
    provider: str
    method: str
    amount_minor: int
    currency: str
    status: str
    charge_reference: str | None
    reason: str | None
    started_at: datetime
    ended_at: datetime | None
    position: int


COLUMNS = (
    "payment_id, order_id, provider, method, amount_minor, currency, status, charge_reference,"
    " reason, started_at, ended_at, position"
)
PAYMENT = f"SELECT {COLUMNS} FROM rm_payments.payments WHERE payment_id = %s"  # noqa: S608


@reads("payments")
async def payment(connection: Connection, payment_id: str) -> PaymentView | None:
    async with connection.cursor(row_factory=class_row(PaymentView)) as cursor:
        await cursor.execute(PAYMENT, [payment_id])
        return await cursor.fetchone()
