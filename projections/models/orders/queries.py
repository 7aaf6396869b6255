"""Queries of the orders model."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from psycopg.rows import class_row

from projections.query import Connection, reads


class OrderSummary(msgspec.Struct, frozen=True, kw_only=True):
    """Amounts in minor units of `currency`."""

    order_id: str
    buyer_id: str
    status: str
    currency: str
    total_minor: int
    captured_minor: int
    difference_minor: int
    refunded_minor: int
    placed_at: datetime
    payment_due_at: datetime
    cancel_reason: str | None
    position: int
    version: int


class OrderOfSeller(msgspec.Struct, frozen=True, kw_only=True):
    """An order as one of its sellers sees it: `status` and `total_minor` are of their part."""

    order_id: str
    buyer_id: str
    status: str
    currency: str
    total_minor: int
    placed_at: datetime
    payment_due_at: datetime
    cancel_reason: str | None
    position: int


def status_for_seller(order_status: str, part_status: str) -> str:
    """Of the order, as far as it concerns a seller: others' parts do not keep it from ending."""
    ended = order_status in {"paid", "completed"} and part_status in {"completed", "cancelled"}
    return part_status if ended else order_status


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """What is `refunded` is what refunds have asked for that nobody has rejected."""

    line_id: int
    listing_id: str
    seller_id: str
    title: str
    category: str
    quantity: int
    unit_price_minor: int
    shipping_minor: int
    commission_minor: int
    commission_vat_minor: int
    refunded_quantity: int = 0
    refunded_minor: int = 0


class PartView(msgspec.Struct, frozen=True, kw_only=True):
    """One seller's part of an order."""

    seller_id: str
    status: str
    carrier: str | None
    tracking_number: str | None
    handed_over_at: datetime | None
    delivered_at: datetime | None
    release_due_at: datetime | None
    confirmed_at: datetime | None
    completed_at: datetime | None


class TimelineEntry(msgspec.Struct, frozen=True, kw_only=True):
    position: int
    name: str
    seller_id: str | None
    amount_minor: int | None
    actor: str
    occurred_at: datetime
    recorded_at: datetime


COLUMNS = (
    "o.order_id, o.buyer_id, o.status, o.currency, o.total_minor, o.captured_minor,"
    " o.difference_minor, o.refunded_minor, o.placed_at, o.payment_due_at, o.cancel_reason,"
    " o.position, o.version"
)
ORDER = f"SELECT {COLUMNS} FROM rm_orders.orders o WHERE o.order_id = %s"  # noqa: S608
LIST = (
    f"SELECT {COLUMNS} FROM rm_orders.orders o WHERE o.position < %(before)s"  # noqa: S608
    " AND (%(buyer)s::text IS NULL OR o.buyer_id = %(buyer)s)"
    " AND (%(status)s::text IS NULL OR o.status = %(status)s)"
    " ORDER BY o.position DESC LIMIT %(limit)s"
)
# What `status_for_seller` says.
STATUS_FOR_SELLER = (
    "CASE WHEN o.status IN ('paid', 'completed') AND p.status IN ('completed', 'cancelled')"
    " THEN p.status ELSE o.status END"
)
LIST_OF_SELLER = (
    f"SELECT o.order_id, o.buyer_id, {STATUS_FOR_SELLER} AS status, o.currency,"  # noqa: S608
    " (SELECT sum(l.unit_price_minor * l.quantity + l.shipping_minor)::bigint"
    " FROM rm_orders.order_lines l WHERE l.order_id = o.order_id AND l.seller_id = p.seller_id)"
    " AS total_minor, o.placed_at, o.payment_due_at, o.cancel_reason, o.position"
    " FROM rm_orders.order_parts p JOIN rm_orders.orders o USING (order_id)"
    " WHERE p.seller_id = %(seller)s AND p.position < %(before)s"
    f" AND (%(status)s::text IS NULL OR {STATUS_FOR_SELLER} = %(status)s)"
    " ORDER BY p.position DESC LIMIT %(limit)s"
)
LINE_COLUMNS = (
    "line_id, listing_id, seller_id, title, category, quantity, unit_price_minor, shipping_minor,"
    " commission_minor, commission_vat_minor"
)
PARTS = (
    "SELECT seller_id, status, carrier, tracking_number, handed_over_at, delivered_at,"
    " release_due_at, confirmed_at, completed_at"
    " FROM rm_orders.order_parts WHERE order_id = %s ORDER BY seller_id"
)
TIMELINE = (
    "SELECT position, name, seller_id, amount_minor, actor, occurred_at, recorded_at"
    " FROM rm_orders.order_timeline WHERE order_id = %s ORDER BY position"
)


@reads("orders")
async def order(connection: Connection, order_id: str) -> OrderSummary | None:
    async with connection.cursor(row_factory=class_row(OrderSummary)) as cursor:
        await cursor.execute(ORDER, [order_id])
        return await cursor.fetchone()


@reads("orders")
async def orders(
    connection: Connection, *, before: int, limit: int, buyer_id: str | None, status: str | None
) -> Sequence[OrderSummary]:
    """Newest first, of one buyer or of all."""
    values = {"before": before, "limit": limit, "buyer": buyer_id, "status": status}
    async with connection.cursor(row_factory=class_row(OrderSummary)) as cursor:
        await cursor.execute(LIST, values)
        return await cursor.fetchall()


@reads("orders")
async def orders_of_seller(
    connection: Connection, seller_id: str, *, before: int, limit: int, status: str | None
) -> Sequence[OrderOfSeller]:
    """Newest first, those with a part of the seller's."""
    values = {"before": before, "limit": limit, "seller": seller_id, "status": status}
    async with connection.cursor(row_factory=class_row(OrderOfSeller)) as cursor:
        await cursor.execute(LIST_OF_SELLER.encode(), values)
        return await cursor.fetchall()


@reads("orders")
async def parts(connection: Connection, order_id: str) -> Sequence[PartView]:
    async with connection.cursor(row_factory=class_row(PartView)) as cursor:
        await cursor.execute(PARTS, [order_id])
        return await cursor.fetchall()


@reads("orders")
async def timeline(connection: Connection, order_id: str) -> Sequence[TimelineEntry]:
    async with connection.cursor(row_factory=class_row(TimelineEntry)) as cursor:
        await cursor.execute(TIMELINE, [order_id])
        return await cursor.fetchall()
