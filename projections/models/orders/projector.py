"""Orders with their lines, each seller's part, and the timeline of all that concerns them."""

from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.events.order import (
    OrderCancelled,
    OrderCompleted,
    OrderPaid,
    OrderPaymentRecorded,
    OrderPaymentReinstated,
    OrderPaymentReversed,
    OrderPlaced,
    OrderUnpaid,
    PaymentDifferenceBooked,
    PaymentDifferenceChargedBack,
    PaymentDifferenceReversed,
    ReceiptConfirmed,
    SellerPartCancelled,
    SellerPartCompleted,
    SellerPartEmptied,
    ShipmentDelivered,
    ShipmentHandedOver,
)
from eventstore.events.refund import RefundApproved
from projections.keys import by_field
from projections.stores.postgresql.projector import Explained, Projector
from projections.stores.postgresql.tables import Table, Writes

ORDERS = Table(
    "orders",
    ("order_id",),
    {
        "order_id": "text",
        "buyer_id": "text",
        "status": "text",
        "currency": "text",
        "total_minor": "int",
        "captured_minor": "int",
        "difference_minor": "int",
        "refunded_minor": "int",
        "quote_id": "text",
        "placed_at": "time",
        "payment_due_at": "time",
        "cancel_reason": "text",
        "position": "int",
        "version": "int",
    },
    defaults={
        "captured_minor": 0,
        "difference_minor": 0,
        "refunded_minor": 0,
        "status": "awaiting_payment",
    },
)
LINES = Table(
    "order_lines",
    (
        "order_id",
        "line_id",
    ),
    {
        "order_id": "text",
        "line_id": "int",
        "listing_id": "text",
        "seller_id": "text",
        "title": "text",
        "category": "text",
        "quantity": "int",
        "unit_price_minor": "int",
        "shipping_minor": "int",
        "commission_minor": "int",
        "commission_vat_minor": "int",
    },
)
PARTS = Table(
    "order_parts",
    (
        "order_id",
        "seller_id",
    ),
    {
        "order_id": "text",
        "seller_id": "text",
        "status": "text",
        "carrier": "text",
        "tracking_number": "text",
        "handed_over_at": "time",
        "delivered_at": "time",
        "release_due_at": "time",
        "confirmed_at": "time",
        "completed_at": "time",
        "position": "int",
    },
    defaults={"status": "placed"},
)
TIMELINE = Table(
    "order_timeline",
    (
        "order_id",
        "position",
    ),
    {
        "order_id": "text",
        "position": "int",
        "name": "text",
        "seller_id": "text",
        "amount_minor": "int",
        "actor": "text",
        "occurred_at": "time",
        "recorded_at": "time",
    },
)


def every(event: Event, recorded: Recorded, writes: Writes) -> None:
    """Whatever names an order stands in its timeline; stock movements and mirrors do not."""
    order_id: str | None = getattr(event, "order_id", None)
    if order_id is None or recorded.name.startswith("stock."):
        return
    amount = getattr(event, "amount", None) or getattr(event, "total", None)
    writes.append(
        TIMELINE,
        (
            order_id,
            recorded.position,
            recorded.name,
            getattr(event, "seller_id", None),
            amount.amount_minor if amount else None,
            recorded.envelope.actor,
            recorded.envelope.occurred_at,
            recorded.envelope.recorded_at,
        ),
    )
    if recorded.name.startswith("order.") and not isinstance(event, OrderPlaced):
        writes.set(ORDERS, (order_id,), version=recorded.version)


def on_placed(event: OrderPlaced, recorded: Recorded, writes: Writes) -> None:
    order_id = event.order_id
    writes.insert(
        ORDERS,
        order_id=order_id,
        buyer_id=event.buyer_id,
        currency=event.total.currency,
        total_minor=event.total.amount_minor,
        quote_id=event.quote_id,
        placed_at=recorded.envelope.occurred_at,
        payment_due_at=event.payment_due_at,
        position=recorded.position,
        version=1,
    )
    for line in event.lines:
        writes.insert(
            LINES,
            order_id=order_id,
            line_id=line.line_id,
            listing_id=line.listing_id,
            seller_id=line.seller_id,
            title=line.title,
            category=line.category,
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
            shipping_minor=line.shipping_minor,
            commission_minor=line.commission_minor,
            commission_vat_minor=line.commission_vat_minor,
        )
    for seller_id in dict.fromkeys(line.seller_id for line in event.lines):
        at = recorded.position
        writes.insert(PARTS, order_id=order_id, seller_id=seller_id, position=at)


def on_payment(event: OrderPaymentRecorded, _: Recorded, writes: Writes) -> None:
    writes.add(ORDERS, (event.order_id,), captured_minor=event.amount.amount_minor)


def on_difference(event: PaymentDifferenceBooked, _: Recorded, writes: Writes) -> None:
    writes.add(ORDERS, (event.order_id,), difference_minor=event.amount.amount_minor)


def on_difference_reversed(event: PaymentDifferenceReversed, _: Recorded, writes: Writes) -> None:
    writes.add(ORDERS, (event.order_id,), difference_minor=-event.amount.amount_minor)


def on_taken_back(event: OrderPaymentReversed, _: Recorded, writes: Writes) -> None:
    writes.add(ORDERS, (event.order_id,), captured_minor=-event.amount.amount_minor)


def on_counts_again(event: OrderPaymentReinstated, _: Recorded, writes: Writes) -> None:
    writes.add(ORDERS, (event.order_id,), captured_minor=event.amount.amount_minor)


def on_difference_charged_back(
    event: PaymentDifferenceChargedBack, _: Recorded, writes: Writes
) -> None:
    writes.add(ORDERS, (event.order_id,), difference_minor=-event.amount.amount_minor)


def on_unpaid(event: OrderUnpaid, _: Recorded, writes: Writes) -> None:
    key = (event.order_id,)
    writes.set(ORDERS, key, payment_due_at=event.payment_due_at)
    if not event.goes_on:
        writes.set(ORDERS, key, status="awaiting_payment")


def on_paid(event: OrderPaid, _: Recorded, writes: Writes) -> None:
    writes.set(ORDERS, (event.order_id,), status="paid")


def on_cancelled(event: OrderCancelled, _: Recorded, writes: Writes) -> None:
    writes.set(ORDERS, (event.order_id,), status="cancelled", cancel_reason=event.reason)


def on_completed(event: OrderCompleted, _: Recorded, writes: Writes) -> None:
    writes.set(ORDERS, (event.order_id,), status="completed")


def on_handed_over(event: ShipmentHandedOver, recorded: Recorded, writes: Writes) -> None:
    writes.set(
        PARTS,
        (event.order_id, event.seller_id),
        status="handed_over",
        carrier=event.carrier,
        tracking_number=event.tracking_number,
        handed_over_at=recorded.envelope.occurred_at,
    )


def on_delivered(event: ShipmentDelivered, recorded: Recorded, writes: Writes) -> None:
    writes.set(
        PARTS,
        (event.order_id, event.seller_id),
        status="delivered",
        delivered_at=recorded.envelope.occurred_at,
        release_due_at=event.release_due_at,
    )


def on_confirmed(event: ReceiptConfirmed, recorded: Recorded, writes: Writes) -> None:
    key = (event.order_id, event.seller_id)
    writes.set(PARTS, key, confirmed_at=recorded.envelope.occurred_at)


def on_part_completed(event: SellerPartCompleted, recorded: Recorded, writes: Writes) -> None:
    key, at = (event.order_id, event.seller_id), recorded.envelope.occurred_at
    writes.set(PARTS, key, status="completed", completed_at=at)


def on_part_emptied(event: SellerPartEmptied, _: Recorded, writes: Writes) -> None:
    writes.set(PARTS, (event.order_id, event.seller_id), status="emptied")


def on_part_cancelled(event: SellerPartCancelled, recorded: Recorded, writes: Writes) -> None:
    key, at = (event.order_id, event.seller_id), recorded.envelope.occurred_at
    writes.set(PARTS, key, status="cancelled", completed_at=at)


def on_refund_approved(event: RefundApproved, _: Recorded, writes: Writes) -> None:
    writes.add(ORDERS, (event.order_id,), refunded_minor=event.amount.amount_minor)


PROJECTOR = Projector(
    name="orders",
    version=2,
    schema=(files(__package__) / "schema.sql").read_text(),
    tables=(ORDERS, LINES, PARTS, TIMELINE),
    key=by_field("order_id", "order", "escrow"),
    every=every,
    explained=Explained(ORDERS, "order"),
    handlers={
        OrderPlaced: on_placed,
        OrderPaymentRecorded: on_payment,
        PaymentDifferenceBooked: on_difference,
        PaymentDifferenceReversed: on_difference_reversed,
        OrderPaymentReversed: on_taken_back,
        OrderPaymentReinstated: on_counts_again,
        PaymentDifferenceChargedBack: on_difference_charged_back,
        OrderUnpaid: on_unpaid,
        OrderPaid: on_paid,
        OrderCancelled: on_cancelled,
        OrderCompleted: on_completed,
        ShipmentHandedOver: on_handed_over,
        ShipmentDelivered: on_delivered,
        ReceiptConfirmed: on_confirmed,
        SellerPartCompleted: on_part_completed,
        SellerPartEmptied: on_part_emptied,
        SellerPartCancelled: on_part_cancelled,
        RefundApproved: on_refund_approved,
    },
)
