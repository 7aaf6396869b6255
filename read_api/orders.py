"""Orders and their timeline."""

from collections.abc import Sequence
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from eventstore.identity import permission
from projections.history import queries as history
from projections.models.orders import queries as orders
from projections.models.orders.detail import OrderView, order_views
from projections.models.orders.queries import OrderOfSeller, OrderSummary, TimelineEntry
from read_api.examples import AT, ORDER_ID
from read_api.order_views import (
    BuyerOrderView,
    PartyTimelineEntry,
    SellerOrderView,
    for_auditor,
    for_buyer,
    for_seller,
    timeline_for_buyer,
    timeline_for_seller,
)
from read_api.past import AsOfText, as_of_or_now
from read_api.reader import (
    LIMIT,
    LIMIT_MAX,
    NO_VERSION,
    SEEN_ALL,
    Page,
    Reader,
    not_found,
    page,
    read_cursor,
)
from read_api.route import Topic, query_route

READ = permission("orders:read", "buyer", "seller", "operator", "auditor")

type AnyOrder = OrderView | BuyerOrderView | SellerOrderView
type AnySummary = OrderSummary | OrderOfSeller
type AnyEntry = TimelineEntry | PartyTimelineEntry


async def must_see(reader: Reader, order_id: str, what: str) -> None:
    """Raises a 404 that does not tell whether somebody else has such a thing."""
    found = await reader.one(what, orders.order, order_id)
    if reader.sees_all or (reader.role == "buyer" and found.buyer_id == reader.subject):
        return
    if reader.role == "seller":
        parts = await reader.ask(orders.parts, order_id)
        if any(part.seller_id == reader.subject for part in parts):
            return
    raise not_found(what)


ORDER = {
    "order_id": ORDER_ID,
    "buyer_id": "bob",
    "status": "paid",
    "currency": "EUR",
    "total_minor": 9700,
    "captured_minor": 9700,
    "difference_minor": 0,
    "refunded_minor": 0,
    "placed_at": AT,
    "payment_due_at": "2026-05-05T12:00:00Z",
    "cancel_reason": None,
    "position": 8,
    "version": 3,
}
ESCROW = {
    "order_id": ORDER_ID,
    "seller_id": "anna",
    "currency": "EUR",
    "held_minor": 9700,
    "funded_minor": 9700,
    "released_minor": 0,
    "returned_minor": 0,
    "charged_back_minor": 0,
}


@query_route(
    "/v1/orders",
    tag="orders",
    permission=READ,
    answer={"items": [ORDER], "next_cursor": None},
)
async def list_orders(
    reader: NamedDependency[Reader],
    status: Annotated[str | None, QueryParameter(max_length=30)] = None,
    cursor: Annotated[str | None, QueryParameter(max_length=100)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT,
) -> Response[Page[AnySummary]]:
    """Orders, newest first: a buyer's own, those with a seller's part, or all.

    A seller sees status and total of their own part.
    """
    (before,) = read_cursor(cursor, (SEEN_ALL,))
    found = await _orders(reader, before, limit, status)
    return reader.answer(page(found, limit, lambda order: [order.position]))


async def _orders(
    reader: Reader, before: int, limit: int, status: str | None
) -> Sequence[AnySummary]:
    if reader.role == "seller":
        return await reader.ask(
            orders.orders_of_seller, reader.subject, before=before, limit=limit, status=status
        )
    buyer_id = reader.subject if reader.role == "buyer" else None
    return await reader.ask(
        orders.orders, before=before, limit=limit, buyer_id=buyer_id, status=status
    )


@query_route(
    "/v1/orders/{order_id:str}",
    tag="orders",
    permission=READ,
    answer={
        "order": ORDER,
        "lines": [],
        "parts": [],
        "escrow": [ESCROW],
        "payments": [],
        "refunds": [],
    },
)
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
    past = as_of_or_now(as_of, known_at)
    if past is None:
        await reader.fresh(order_views)
        view = await reader.services.orders.get(order_id)
    else:
        view = await reader.ask(history.order, order_id, past)
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
            return for_auditor(view)
        case "buyer" if view.order.buyer_id == reader.subject:
            return for_buyer(view)
        case "seller":
            part = for_seller(view, reader.subject)
            if part is not None:
                return part
        case _:
            pass
    raise not_found("order")


@query_route(
    "/v1/orders/{order_id:str}/timeline",
    tag="orders",
    permission=READ,
    answer=[
        {
            "position": 14,
            "name": "escrow.funds_held.v1",
            "seller_id": "anna",
            "amount_minor": 9700,
            "actor": "system:sandbox",
            "occurred_at": AT,
            "recorded_at": AT,
        }
    ],
)
async def get_timeline(
    order_id: FromPath[str], reader: NamedDependency[Reader]
) -> Response[list[AnyEntry]]:
    """What has happened to an order, as far as it is the reader's, in the order of the log."""
    await must_see(reader, order_id, "order")
    entries = await reader.ask(orders.timeline, order_id)
    match reader.role:
        case "buyer":
            return reader.answer([*timeline_for_buyer(entries)])
        case "seller":
            return reader.answer([*timeline_for_seller(entries, reader.subject)])
        case _:
            return reader.answer([*entries])


TOPIC = Topic([list_orders, get_order, get_timeline])
