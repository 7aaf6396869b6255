"""Sales facts: pure translations of order and refund events to ClickHouse rows."""

from collections.abc import Sequence

from eventstore.codec import Recorded
from eventstore.events.order import (
    OrderCancelled,
    OrderCompleted,
    OrderPaid,
    OrderPlaced,
    SellerPartCompleted,
    ShipmentDelivered,
    ShipmentHandedOver,
)
from eventstore.events.refund import RefundRequested

type Rows = dict[str, list[list[object]]]


def rows_of(batch: Sequence[Recorded]) -> Rows:
    """Rows by table, in the order of `tables.COLUMNS`."""
    rows: Rows = {}
    for recorded in batch:
        for table, row in _rows(recorded):
            rows.setdefault(table, []).append(row)
    return rows


def _rows(recorded: Recorded) -> list[tuple[str, list[object]]]:
    event = recorded.event
    match event:
        case OrderPlaced():
            return [*_sale_lines(event, recorded), _order_state(recorded, "awaiting_payment")]
        case OrderPaid():
            return [_order_state(recorded, "paid")]
        case OrderCancelled():
            return [_order_state(recorded, "cancelled")]
        case OrderCompleted():
            return [_order_state(recorded, "completed")]
        case ShipmentHandedOver():
            return [_part_state(recorded, event.seller_id, "shipped")]
        case ShipmentDelivered():
            return [_part_state(recorded, event.seller_id, "delivered")]
        case SellerPartCompleted():
            return [_part_state(recorded, event.seller_id, "completed")]
        case RefundRequested():
            return _refund_lines(event, recorded)
        case _:
            return []


def _sale_lines(event: OrderPlaced, recorded: Recorded) -> list[tuple[str, list[object]]]:
    envelope = recorded.envelope
    return [
        (
            "sale_lines",
            [
                *(event.order_id, line.line_id, recorded.position),
                *(envelope.occurred_at, envelope.recorded_at, event.buyer_id),
                *(line.seller_id, line.listing_id, line.category, event.total.currency),
                *(line.quantity, line.unit_price_minor * line.quantity),
                *(line.shipping_minor, line.commission_minor),
            ],
        )
        for line in event.lines
    ]


def _order_state(recorded: Recorded, status: str) -> tuple[str, list[object]]:
    order_id = getattr(recorded.event, "order_id", "")
    at = recorded.envelope.occurred_at
    return "order_states", [order_id, status, at, recorded.position]


def _part_state(recorded: Recorded, seller_id: str, status: str) -> tuple[str, list[object]]:
    order_id = getattr(recorded.event, "order_id", "")
    at = recorded.envelope.occurred_at
    return "part_states", [order_id, seller_id, status, at, recorded.position]


def _refund_lines(event: RefundRequested, recorded: Recorded) -> list[tuple[str, list[object]]]:
    return [
        (
            "refund_lines",
            [
                *(event.refund_id, event.order_id, line.line_id, line.seller_id),
                *(recorded.position, recorded.envelope.occurred_at, event.amount.currency),
                *(line.quantity, line.price_minor, line.shipping_minor, line.commission_minor),
            ],
        )
        for line in event.lines
    ]
