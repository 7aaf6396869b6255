"""Orders, their timeline, payments and refunds."""

from typing import Annotated

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from projections.history import queries as history
from projections.orders import queries as orders
from projections.orders.detail import OrderView
from projections.orders.queries import OrderSummary, TimelineEntry
from projections.payments import queries as payments
from projections.payments.queries import PaymentView
from projections.refunds import queries as refunds
from projections.refunds.queries import RefundView
from read_api.past import AsOfText, as_of_or_now
from read_api.reader import (
    LIMIT,
    LIMIT_MAX,
    SEEN_ALL,
    Connection,
    Page,
    Reader,
    cursor_of,
    not_found,
    read_cursor,
)
from read_api.redaction import REDACTED

READERS = ("buyer", "seller", "operator", "auditor")
DETAIL = ("orders", "payments", "refunds", "escrow")


async def visible(reader: Reader, connection: Connection, order_id: str) -> OrderSummary:
    """The order, or a 404 that does not tell whether somebody else has such an order."""
    found = await orders.order(connection, order_id)
    if found is None:
        raise not_found("order")
    if reader.sees_all or (reader.role == "buyer" and found.buyer_id == reader.subject):
        return found
    if reader.role == "seller":
        parts = await orders.parts(connection, order_id)
        if any(part.seller_id == reader.subject for part in parts):
            return found
    raise not_found("order")


def without_tracking(view: OrderView) -> OrderView:
    """As an auditor sees it: a tracking number leads to a person."""
    parts = [
        msgspec.structs.replace(part, tracking_number=part.tracking_number and REDACTED)
        for part in view.parts
    ]
    return msgspec.structs.replace(view, parts=parts)


@get("/v1/orders", tags=["orders"])
async def list_orders(
    reader: NamedDependency[Reader],
    status: Annotated[str | None, QueryParameter(max_length=30)] = None,
    cursor: Annotated[str | None, QueryParameter(max_length=100)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT,
) -> Response[Page[OrderSummary]]:
    """Orders, newest first: a buyer's own, those with a seller's part, or all."""
    reader.must_be(*READERS)
    await reader.fresh("orders")
    (before,) = read_cursor(cursor, (SEEN_ALL,))
    async with reader.connection() as connection:
        found = await orders.orders(
            connection,
            before=before,
            limit=limit,
            buyer_id=reader.subject if reader.role == "buyer" else None,
            seller_id=reader.subject if reader.role == "seller" else None,
            status=status,
        )
    more = cursor_of(found[-1].position) if len(found) == limit else None
    return reader.answer(Page(list(found), more))


@get("/v1/orders/{order_id:str}", tags=["orders"])
async def get_order(
    order_id: FromPath[str],
    reader: NamedDependency[Reader],
    as_of: AsOfText = None,
    known_at: AsOfText = None,
) -> Response[OrderView]:
    """An order with lines, parts, escrow, payments and refunds; `ETag` is its version.

    `as_of` and `known_at`, each a log position or an ISO 8601 time, ask for the order as it was,
    by what was known: folded from the log.
    """
    reader.must_be(*READERS)
    past = as_of_or_now(as_of, known_at)
    if past is None:
        await reader.fresh(*DETAIL)
        view = await reader.services.orders.get(order_id)
    else:
        await reader.fresh("audit")
        async with reader.connection() as connection:
            view = await history.order(connection, order_id, past)
    if view is None:
        raise not_found("order")
    if reader.role == "seller":
        view = view.of_seller(reader.subject)
        if not view.parts:
            raise not_found("order")
    elif reader.role == "buyer" and view.order.buyer_id != reader.subject:
        raise not_found("order")
    if reader.role == "auditor":
        view = without_tracking(view)
    return reader.answer(view, version=view.order.version)


@get("/v1/orders/{order_id:str}/timeline", tags=["orders"])
async def get_timeline(
    order_id: FromPath[str], reader: NamedDependency[Reader]
) -> Response[list[TimelineEntry]]:
    """Everything that has happened to an order, in the order of the log."""
    reader.must_be(*READERS)
    await reader.fresh("orders")
    async with reader.connection() as connection:
        await visible(reader, connection, order_id)
        entries = list(await orders.timeline(connection, order_id))
    if reader.role == "seller":
        entries = [entry for entry in entries if entry.seller_id in {None, reader.subject}]
        entries = [entry for entry in entries if not entry.name.startswith(("payment.", "refund."))]
    return reader.answer(entries)


@get("/v1/payments/{payment_id:str}", tags=["payments"])
async def get_payment(
    payment_id: FromPath[str], reader: NamedDependency[Reader]
) -> Response[PaymentView]:
    """A payment: started, captured, declined or reversed."""
    reader.must_be("buyer", "operator", "auditor")
    await reader.fresh("payments", "orders")
    async with reader.connection() as connection:
        found = await payments.payment(connection, payment_id)
        if found is None:
            raise not_found("payment")
        await visible(reader, connection, found.order_id)
    return reader.answer(found)


@get("/v1/refunds/{refund_id:str}", tags=["refunds"])
async def get_refund(
    refund_id: FromPath[str], reader: NamedDependency[Reader]
) -> Response[RefundView]:
    """A refund: requested, approved, rejected, settled or failed."""
    reader.must_be("buyer", "operator", "auditor")
    await reader.fresh("refunds", "orders")
    async with reader.connection() as connection:
        found = await refunds.refund(connection, refund_id)
        if found is None:
            raise not_found("refund")
        await visible(reader, connection, found.order_id)
    return reader.answer(found)


ROUTES = [list_orders, get_order, get_timeline, get_payment, get_refund]
