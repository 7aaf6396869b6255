"""Sales facts: pure translations of order and refund events to ClickHouse rows."""

from collections.abc import Sequence
from datetime import datetime

from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.events.order import (
    OrderCancelled,
    OrderCompleted,
    OrderPaid,
    OrderPlaced,
    OrderUnpaid,
    SellerPartCancelled,
    SellerPartCompleted,
    SellerPartEmptied,
    ShipmentDelivered,
    ShipmentHandedOver,
)
from eventstore.events.refund import (
    RefundApproved,
    RefundFailed,
    RefundLegReplaced,
    RefundRejected,
    RefundRequested,
    RefundSettled,
)
from eventstore.unreadable import is_readable

type Row = list[object]
type Rows = dict[str, list[Row]]

ORDER_STAGES: dict[type[Event], str] = {
    OrderPlaced: "placed",
    OrderPaid: "paid",
    OrderUnpaid: "unpaid",
    OrderCancelled: "cancelled",
    OrderCompleted: "completed",
}
PART_STAGES: dict[type[Event], str] = {
    ShipmentHandedOver: "shipped",
    ShipmentDelivered: "delivered",
    SellerPartCompleted: "completed",
    SellerPartEmptied: "emptied",
    SellerPartCancelled: "cancelled",
}
REFUND_STAGES: dict[type[Event], str] = {
    RefundRequested: "requested",
    RefundApproved: "approved",
    RefundRejected: "rejected",
    RefundSettled: "settled",
    RefundFailed: "failed",
    RefundLegReplaced: "approved",
}
CONCERNED = {*ORDER_STAGES, *PART_STAGES, *REFUND_STAGES}


def rows_of(batch: Sequence[Recorded]) -> Rows:
    """Rows by table, in the order of its columns. Raises `EventUnreadable`."""
    rows: Rows = {}
    for recorded in batch:
        if is_readable(recorded, CONCERNED) and type(recorded.event) in CONCERNED:
            for table, row in _rows(recorded):
                rows.setdefault(table, []).append(row)
    return rows


def _rows(recorded: Recorded) -> list[tuple[str, Row]]:
    event = recorded.event
    rows = [("stages", _stage(recorded))]
    if isinstance(event, OrderPlaced):
        rows += [("sale_lines", row) for row in _sale_lines(event, recorded)]
    if isinstance(event, RefundRequested):
        rows += [("refund_lines", row) for row in _refund_lines(event, recorded)]
    return rows


def _stage(recorded: Recorded) -> Row:
    event, kind = recorded.event, type(recorded.event)
    order_id: str = getattr(event, "order_id", "")
    if kind in ORDER_STAGES:
        subject = ["order", order_id, "", ORDER_STAGES[kind]]
    elif kind in PART_STAGES:
        subject = ["part", order_id, getattr(event, "seller_id", ""), PART_STAGES[kind]]
    else:
        owed = isinstance(event, RefundLegReplaced) and event.owed_minor
        stage = "failed" if owed else REFUND_STAGES[kind]
        subject = ["refund", order_id, getattr(event, "refund_id", ""), stage]
    return [*subject, *_times(recorded), recorded.position]


def _times(recorded: Recorded) -> tuple[datetime, datetime]:
    return recorded.envelope.occurred_at, recorded.envelope.recorded_at


def _sale_lines(event: OrderPlaced, recorded: Recorded) -> list[Row]:
    return [
        [
            *(*_times(recorded), line.seller_id, event.order_id, line.line_id, event.buyer_id),
            *(line.listing_id, line.category, event.total.currency, line.quantity),
            *(line.unit_price_minor * line.quantity, line.shipping_minor),
            *(line.commission_minor, recorded.position),
        ]
        for line in event.lines
    ]


def _refund_lines(event: RefundRequested, recorded: Recorded) -> list[Row]:
    return [
        [
            *(*_times(recorded), line.seller_id, event.order_id, event.refund_id, line.line_id),
            *(event.amount.currency, line.quantity, line.price_minor, line.shipping_minor),
            *(line.commission_minor, recorded.position),
        ]
        for line in event.lines
    ]
