"""Orders: placed and cancelled."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from commands.refusals import NotAllowed
from commands.streams.order.messages import (
    CancelledAnswer,
    CancelOrder,
    LineRequest,
    OrderAnswer,
    PlaceOrder,
)
from eventstore.events.order import order_stream
from eventstore.identity import permission
from write_api.bodies import LINES_MAX, ORDER_EXAMPLE, Body, Id, KnownId, Quantity, ReasonBody
from write_api.caller import Caller
from write_api.route import Topic, command_route

PLACE = permission("orders:place", "buyer", "operator")
CANCEL = permission("orders:cancel", "buyer", "operator")


class OrderLineBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    listing_id: KnownId
    quantity: Quantity


class OrderBody(Body, frozen=True, kw_only=True):
    """`buyer_id` is for operators; a buyer orders for themselves."""

    lines: Annotated[tuple[OrderLineBody, ...], Meta(min_length=1, max_length=LINES_MAX)]
    shipping_quote_id: KnownId
    order_id: Id | None = None
    buyer_id: Id | None = None


@command_route(
    "/v1/orders",
    tag="orders",
    permission=PLACE,
    status=HTTPStatus.CREATED,
    request={
        "order_id": ORDER_EXAMPLE,
        "lines": [{"listing_id": "teapot", "quantity": 2}],
        "shipping_quote_id": "q1",
    },
    answer={
        "order_id": ORDER_EXAMPLE,
        "status": "awaiting_payment",
        "total": {"amount_minor": 9700, "currency": "EUR"},
        "payment_due_at": "2026-05-05T12:00:00Z",
        "lines": [
            {
                "line_id": 1,
                "listing_id": "teapot",
                "seller_id": "anna",
                "quantity": 2,
                "unit_price_minor": 4500,
                "shipping_minor": 700,
            }
        ],
    },
)
async def place_order(
    data: JSONBody[OrderBody], caller: NamedDependency[Caller]
) -> Response[OrderAnswer]:
    """Place an order over one or more sellers; its stock is reserved in the same commit."""
    if data.buyer_id is None and caller.by.role != "buyer":
        raise NotAllowed("Name the buyer to place an order for.", field="buyer_id")
    command = PlaceOrder(
        order_id=caller.new_id(data.order_id),
        buyer_id=data.buyer_id or caller.by.subject,
        lines=tuple(
            LineRequest(listing_id=line.listing_id, quantity=line.quantity) for line in data.lines
        ),
        shipping_quote_id=data.shipping_quote_id,
        **caller.asks(data),
    )
    return await caller.send(command, order_stream(command.order_id))


@command_route(
    "/v1/orders/{order_id:str}/cancel",
    tag="orders",
    permission=CANCEL,
    request={"reason": "changed my mind"},
)
async def cancel_order(
    order_id: FromPath[str], data: JSONBody[ReasonBody], caller: NamedDependency[Caller]
) -> Response[CancelledAnswer]:
    """Cancel before anything is shipped; what was paid is refunded. Honours If-Match."""
    command = CancelOrder(order_id=order_id, reason=data.reason, **caller.asks(data))
    return await caller.send(command, order_stream(order_id), if_match=True)


TOPIC = Topic([place_order, cancel_order])
