"""Orders, their timeline, payments and refunds."""

from collections.abc import Sequence
from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from projections.history import queries as history
from projections.orders import queries as orders
from projections.orders.detail import OrderView
from projections.orders.queries import OrderOfSeller, OrderSummary, TimelineEntry
from projections.payments import queries as payments
from projections.payments.queries import PaymentView
from projections.refunds import queries as refunds
from projections.refunds.queries import RefundView
from read_api import order_views
from read_api.order_views import BuyerOrderView, PartyTimelineEntry, SellerOrderView
from read_api.past import AsOfText, as_of_or_now
from read_api.reader import (
    LIMIT,
    LIMIT_MAX,
    NO_VERSION,
    SEEN_ALL,
    Connection,
    Page,
    Reader,
    cursor_of,
    not_found,
    read_cursor,
)

READERS = ("buyer", "seller", "operator", "auditor")
DETAIL = ("orders", "payments", "refunds", "escrow")

type AnyOrder = OrderView | BuyerOrderView | SellerOrderView
type AnySummary = OrderSummary | OrderOfSeller
type AnyEntry = TimelineEntry | PartyTimelineEntry


async def must_see(reader: Reader, connection: Connection, order_id: str, what: str) -> None:
    """Raises a 404 that does not tell whether somebody else has such a thing."""
    found = await orders.order(connection, order_id)
    if found is None:
        raise not_found(what)
    if reader.sees_all or (reader.role == "buyer" and found.buyer_id == reader.subject):
        return
    if reader.role == "seller":
        parts = await orders.parts(connection, order_id)
        if any(part.seller_id == reader.subject for part in parts):
            return
    raise not_found(what)


@get("/v1/orders", tags=["orders"])
async def list_orders(
    reader: NamedDependency[Reader],
    status: Annotated[str | None, QueryParameter(max_length=30)] = None,
    cursor: Annotated[str | None, QueryParameter(max_length=100)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT,
) -> Response[Page[AnySummary]]:
    """Orders, newest first: a buyer's own, those with a seller's part, or all.

    A seller sees status and total of their own part.
    """
    reader.must_be(*READERS)
    await reader.fresh("orders")
    (before,) = read_cursor(cursor, (SEEN_ALL,))
    async with reader.connection() as connection:
        found = await _page(reader, connection, before, limit, status)
    more = cursor_of(found[-1].position) if len(found) == limit else None
    return reader.answer(Page(list(found), more))


async def _page(
    reader: Reader, connection: Connection, before: int, limit: int, status: str | None
) -> Sequence[AnySummary]:
    if reader.role == "seller":
        return await orders.orders_of_seller(
            connection, reader.subject, before=before, limit=limit, status=status
        )
    buyer_id = reader.subject if reader.role == "buyer" else None
    return await orders.orders(
        connection, before=before, limit=limit, buyer_id=buyer_id, status=status
    )


@get("/v1/orders/{order_id:str}", tags=["orders"])
async def get_order(
    order_id: FromPath[str],
    reader: NamedDependency[Reader],
    as_of: AsOfText = None,
    known_at: AsOfText = None,
) -> Response[AnyOrder]:
    """An order with lines, parts, escrow, payments and refunds; `ETag` changes with any of them.

    A buyer sees their order without commissions, a seller their own part and nothing of how the
    order was paid. `as_of` and `known_at`, each a log position or an ISO 8601 time, ask for the
    order as it was, by what was known: folded from the log.
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
    shown = _shown(reader, view)
    # The version counts what happens to everybody's parts: it is no seller's, nor do they need it.
    version = NO_VERSION if reader.role == "seller" else view.order.version
    return reader.answer(shown, version=version)


def _shown(reader: Reader, view: OrderView) -> AnyOrder:
    """As the reader may see it, or the 404 that it is for others."""
    match reader.role:
        case "operator":
            return view
        case "auditor":
            return order_views.for_auditor(view)
        case "buyer" if view.order.buyer_id == reader.subject:
            return order_views.for_buyer(view)
        case "seller":
            part = order_views.for_seller(view, reader.subject)
            if part is not None:
                return part
        case _:
            pass
    raise not_found("order")


@get("/v1/orders/{order_id:str}/timeline", tags=["orders"])
async def get_timeline(
    order_id: FromPath[str], reader: NamedDependency[Reader]
) -> Response[list[AnyEntry]]:
    """What has happened to an order, as far as it is the reader's, in the order of the log."""
    reader.must_be(*READERS)
    await reader.fresh("orders")
    async with reader.connection() as connection:
        await must_see(reader, connection, order_id, "order")
        entries = await orders.timeline(connection, order_id)
    match reader.role:
        case "buyer":
            return reader.answer([*order_views.timeline_for_buyer(entries)])
        case "seller":
            return reader.answer([*order_views.timeline_for_seller(entries, reader.subject)])
        case _:
            return reader.answer([*entries])


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
        await must_see(reader, connection, found.order_id, "payment")
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
        await must_see(reader, connection, found.order_id, "refund")
    return reader.answer(found)


ROUTES = [list_orders, get_order, get_timeline, get_payment, get_refund]
