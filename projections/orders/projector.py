"""Orders with their lines, each seller's part, and the timeline of all that concerns them."""

from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.events.order import (
    OrderCancelled,
    OrderCompleted,
    OrderPaid,
    OrderPaymentRecorded,
    OrderPlaced,
    PaymentDifferenceBooked,
    PaymentDifferenceReversed,
    ReceiptConfirmed,
    SellerPartCompleted,
    ShipmentDelivered,
    ShipmentHandedOver,
)
from eventstore.events.refund import RefundApproved, RefundRequested
from projections.projector import Projector, Writes

ORDER = (
    "INSERT INTO orders (order_id, buyer_id, status, currency, total_minor, quote_id,"
    " placed_at, payment_due_at, position, version)"
    " VALUES (%s, %s, 'awaiting_payment', %s, %s, %s, %s, %s, %s, 1)"
)
LINE = (
    "INSERT INTO order_lines (order_id, line_id, listing_id, seller_id, title, category,"
    " quantity, unit_price_minor, shipping_minor, commission_minor, commission_vat_minor)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
PART = (
    "INSERT INTO order_parts (order_id, seller_id, status, position) VALUES (%s, %s, 'placed', %s)"
)
VERSION = "UPDATE orders SET version = %s WHERE order_id = %s"
CAPTURED = "UPDATE orders SET captured_minor = captured_minor + %s WHERE order_id = %s"
DIFFERENCE = "UPDATE orders SET difference_minor = difference_minor + %s WHERE order_id = %s"
STATUS = "UPDATE orders SET status = %s WHERE order_id = %s"
CANCELLED = "UPDATE orders SET status = 'cancelled', cancel_reason = %s WHERE order_id = %s"
REFUNDED = "UPDATE orders SET refunded_minor = refunded_minor + %s WHERE order_id = %s"
HANDED_OVER = (
    "UPDATE order_parts SET status = 'handed_over', carrier = %s, tracking_number = %s,"
    " handed_over_at = %s WHERE order_id = %s AND seller_id = %s"
)
DELIVERED = (
    "UPDATE order_parts SET status = 'delivered', delivered_at = %s, release_due_at = %s"
    " WHERE order_id = %s AND seller_id = %s"
)
CONFIRMED = "UPDATE order_parts SET confirmed_at = %s WHERE order_id = %s AND seller_id = %s"
COMPLETED = (
    "UPDATE order_parts SET status = 'completed', completed_at = %s"
    " WHERE order_id = %s AND seller_id = %s"
)
LINE_REFUNDED = (
    "UPDATE order_lines SET refunded_quantity = refunded_quantity + %s,"
    " refunded_minor = refunded_minor + %s WHERE order_id = %s AND line_id = %s"
)
TIMELINE = (
    "INSERT INTO order_timeline (order_id, position, name, seller_id, amount_minor, actor,"
    " occurred_at, recorded_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)


def every(event: Event, recorded: Recorded, writes: Writes) -> None:
    """Whatever names an order stands in its timeline; stock movements and mirrors do not."""
    order_id: str | None = getattr(event, "order_id", None)
    if order_id is None or recorded.name.startswith("stock."):
        return
    amount = getattr(event, "amount", None) or getattr(event, "total", None)
    writes.add(
        TIMELINE,
        order_id,
        recorded.position,
        recorded.name,
        getattr(event, "seller_id", None),
        amount.amount_minor if amount else None,
        recorded.envelope.actor,
        recorded.envelope.occurred_at,
        recorded.envelope.recorded_at,
    )
    if recorded.name.startswith("order.") and not isinstance(event, OrderPlaced):
        writes.add(VERSION, recorded.version, order_id)


def on_placed(event: OrderPlaced, recorded: Recorded, writes: Writes) -> None:
    writes.add(
        ORDER,
        event.order_id,
        event.buyer_id,
        event.total.currency,
        event.total.amount_minor,
        event.quote_id,
        recorded.envelope.occurred_at,
        event.payment_due_at,
        recorded.position,
    )
    for line in event.lines:
        writes.add(
            LINE,
            event.order_id,
            line.line_id,
            line.listing_id,
            line.seller_id,
            line.title,
            line.category,
            line.quantity,
            line.unit_price_minor,
            line.shipping_minor,
            line.commission_minor,
            line.commission_vat_minor,
        )
    for seller_id in dict.fromkeys(line.seller_id for line in event.lines):
        writes.add(PART, event.order_id, seller_id, recorded.position)


def on_payment(event: OrderPaymentRecorded, _: Recorded, writes: Writes) -> None:
    writes.add(CAPTURED, event.amount.amount_minor, event.order_id)


def on_difference(event: PaymentDifferenceBooked, _: Recorded, writes: Writes) -> None:
    writes.add(DIFFERENCE, event.amount.amount_minor, event.order_id)


def on_difference_reversed(event: PaymentDifferenceReversed, _: Recorded, writes: Writes) -> None:
    writes.add(DIFFERENCE, -event.amount.amount_minor, event.order_id)


def on_paid(event: OrderPaid, _: Recorded, writes: Writes) -> None:
    writes.add(STATUS, "paid", event.order_id)


def on_cancelled(event: OrderCancelled, _: Recorded, writes: Writes) -> None:
    writes.add(CANCELLED, event.reason, event.order_id)


def on_completed(event: OrderCompleted, _: Recorded, writes: Writes) -> None:
    writes.add(STATUS, "completed", event.order_id)


def on_handed_over(event: ShipmentHandedOver, recorded: Recorded, writes: Writes) -> None:
    writes.add(
        HANDED_OVER,
        event.carrier,
        event.tracking_number,
        recorded.envelope.occurred_at,
        event.order_id,
        event.seller_id,
    )


def on_delivered(event: ShipmentDelivered, recorded: Recorded, writes: Writes) -> None:
    at = recorded.envelope.occurred_at
    writes.add(DELIVERED, at, event.release_due_at, event.order_id, event.seller_id)


def on_confirmed(event: ReceiptConfirmed, recorded: Recorded, writes: Writes) -> None:
    writes.add(CONFIRMED, recorded.envelope.occurred_at, event.order_id, event.seller_id)


def on_part_completed(event: SellerPartCompleted, recorded: Recorded, writes: Writes) -> None:
    writes.add(COMPLETED, recorded.envelope.occurred_at, event.order_id, event.seller_id)


def on_refund_requested(event: RefundRequested, _: Recorded, writes: Writes) -> None:
    for line in event.lines:
        gross = line.price_minor + line.shipping_minor
        writes.add(LINE_REFUNDED, line.quantity, gross, event.order_id, line.line_id)


def on_refund_approved(event: RefundApproved, _: Recorded, writes: Writes) -> None:
    writes.add(REFUNDED, event.amount.amount_minor, event.order_id)


PROJECTOR = Projector(
    name="orders",
    schema=(files(__package__) / "schema.sql").read_text(),
    every=every,
    handlers={
        OrderPlaced: on_placed,
        OrderPaymentRecorded: on_payment,
        PaymentDifferenceBooked: on_difference,
        PaymentDifferenceReversed: on_difference_reversed,
        OrderPaid: on_paid,
        OrderCancelled: on_cancelled,
        OrderCompleted: on_completed,
        ShipmentHandedOver: on_handed_over,
        ShipmentDelivered: on_delivered,
        ReceiptConfirmed: on_confirmed,
        SellerPartCompleted: on_part_completed,
        RefundRequested: on_refund_requested,
        RefundApproved: on_refund_approved,
    },
)
