"""Whole orders as they are read most: one query over four read models, for many at a time."""

from collections.abc import Mapping, Sequence

import msgspec

from projections.models.escrow.queries import EscrowView
from projections.models.orders.queries import LINE_COLUMNS, LineView, OrderSummary, PartView
from projections.models.payments.queries import PaymentView
from projections.models.refunds.queries import COLUMNS as REFUND_COLUMNS
from projections.models.refunds.queries import RefundView
from projections.query import Connection, reads


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """An order with all that belongs to it."""

    order: OrderSummary
    lines: list[LineView]
    parts: list[PartView]
    escrow: list[EscrowView]
    payments: list[PaymentView]
    refunds: list[RefundView]


def with_refunded_lines(view: OrderView) -> OrderView:
    """What refunds take back stands with the refunds: lines have it summed up."""
    if not view.refunds:
        return view
    taken: dict[int, tuple[int, int]] = {}
    for refund in view.refunds:
        for line in refund.lines if refund.counts else ():
            quantity, amount = taken.get(line.line_id, (0, 0))
            gross = line.price_minor + line.shipping_minor
            taken[line.line_id] = (quantity + line.quantity, amount + gross)
    return msgspec.structs.replace(view, lines=[_refunded(line, taken) for line in view.lines])


def _refunded(line: LineView, taken: Mapping[int, tuple[int, int]]) -> LineView:
    quantity, amount = taken.get(line.line_id, (0, 0))
    return msgspec.structs.replace(line, refunded_quantity=quantity, refunded_minor=amount)


def _columns(view: type[msgspec.Struct]) -> str:
    return ", ".join(view.__struct_fields__)


def _many(columns: str, table: str, order_by: str) -> str:
    rows = f"SELECT {columns} FROM {table} WHERE order_id = o.order_id ORDER BY {order_by}"  # noqa: S608
    return f"coalesce((SELECT json_agg(r) FROM ({rows}) AS r), '[]')"  # noqa: S608


ORDERS = (
    "SELECT o.order_id, json_build_object("  # noqa: S608 - names of ours
    f"'order', (SELECT to_json(s) FROM (SELECT {_columns(OrderSummary)}) AS s),"
    f"'lines', {_many(LINE_COLUMNS, 'rm_orders.order_lines', 'line_id')},"
    f"'parts', {_many(_columns(PartView), 'rm_orders.order_parts', 'seller_id')},"
    f"'escrow', {_many(_columns(EscrowView), 'rm_escrow.escrow_balances', 'seller_id')},"
    f"'payments', {_many(_columns(PaymentView), 'rm_payments.payments', 'position')},"
    f"'refunds', {_many(REFUND_COLUMNS, 'rm_refunds.refunds', 'position')}"
    ")::text FROM rm_orders.orders AS o WHERE o.order_id = ANY(%s)"
)
_DECODER = msgspec.json.Decoder(OrderView)


@reads("orders", "payments", "refunds", "escrow")
async def order_views(connection: Connection, order_ids: Sequence[str]) -> Mapping[str, OrderView]:
    """By order id; those that there are."""
    cursor = await connection.execute(ORDERS.encode(), [list(order_ids)], prepare=True)
    return {
        order_id: with_refunded_lines(_DECODER.decode(view))
        for order_id, view in await cursor.fetchall()
    }
