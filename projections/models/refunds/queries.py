"""Queries of the refunds model."""

from datetime import datetime

import msgspec

from projections.query import Connection, reads


class RefundedLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a refund takes back of one line. A quantity of 0 is money without goods."""

    line_id: int
    seller_id: str
    quantity: int
    price_minor: int
    shipping_minor: int


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
    lines: list[RefundedLine]

    @property
    def counts(self) -> bool:
        """Whether it has taken, or set aside, what it asks for."""
        return self.status != "rejected"


COLUMNS = (
    "refund_id, order_id, amount_minor, currency, status, reason, settled_minor, requested_at,"
    " ended_at, position, lines::json AS lines"
)
REFUND = (
    "SELECT to_json(r)::text FROM"  # noqa: S608 - names of ours
    f" (SELECT {COLUMNS} FROM rm_refunds.refunds WHERE refund_id = %s) AS r"
)
_DECODER = msgspec.json.Decoder(RefundView)


@reads("refunds")
async def refund(connection: Connection, refund_id: str) -> RefundView | None:
    cursor = await connection.execute(REFUND.encode(), [refund_id])
    row = await cursor.fetchone()
    return None if row is None else _DECODER.decode(row[0])
