"""Orders and their parcels."""

from http import HTTPStatus

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from commands.refusals import NotAllowed
from commands.streams.order.messages import (
    CancelOrder,
    ConfirmReceipt,
    HandOverShipment,
    LineRequest,
    PlaceOrder,
    RecordDelivery,
    ReleaseFunds,
)
from eventstore.events.order import order_stream
from write_api.answers import answer, created
from write_api.bodies import EmptyBody, OrderBody, ReasonBody, ReleaseBody, ShipmentBody
from write_api.caller import Caller

CREATED = HTTPStatus.CREATED
OK = HTTPStatus.OK


@post("/v1/orders", status_code=CREATED, tags=["orders"])
async def place_order(
    data: JSONBody[OrderBody], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Place an order over one or more sellers; its stock is reserved in the same commit."""
    if data.buyer_id is None and caller.by.role != "buyer":
        raise NotAllowed("Name the buyer to place an order for.", field="buyer_id")
    command = PlaceOrder(
        by=caller.by,
        order_id=caller.new_id(data.order_id),
        buyer_id=data.buyer_id or caller.by.subject,
        lines=tuple(
            LineRequest(listing_id=line.listing_id, quantity=line.quantity) for line in data.lines
        ),
        shipping_quote_id=data.shipping_quote_id,
        **caller.times(data),
    )
    return created(await caller.send(command, order_stream(command.order_id)))


@post("/v1/orders/{order_id:str}/cancel", status_code=OK, tags=["orders"])
async def cancel_order(
    order_id: FromPath[str], data: JSONBody[ReasonBody], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Cancel before anything is shipped; what was paid is refunded. Honours If-Match."""
    command = CancelOrder(by=caller.by, order_id=order_id, reason=data.reason, **caller.times(data))
    stream = order_stream(order_id)
    return answer(await caller.send(command, stream, stream))


@post("/v1/orders/{order_id:str}/shipments", status_code=CREATED, tags=["shipments"])
async def hand_over(
    order_id: FromPath[str], data: JSONBody[ShipmentBody], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """A seller's parcel goes to its carrier."""
    command = HandOverShipment(
        by=caller.by,
        order_id=order_id,
        seller_id=data.seller_id,
        carrier=data.carrier,
        tracking_number=data.tracking_number,
        **caller.times(data),
    )
    return created(await caller.send(command, order_stream(order_id)))


@post(
    "/v1/orders/{order_id:str}/shipments/{seller_id:str}/deliver",
    status_code=OK,
    tags=["shipments"],
)
async def deliver(
    order_id: FromPath[str],
    seller_id: FromPath[str],
    data: JSONBody[EmptyBody],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """A parcel has arrived: the buyer's acceptance window begins."""
    command = RecordDelivery(
        by=caller.by, order_id=order_id, seller_id=seller_id, **caller.times(data)
    )
    return answer(await caller.send(command, order_stream(order_id)))


@post(
    "/v1/orders/{order_id:str}/shipments/{seller_id:str}/confirm",
    status_code=OK,
    tags=["shipments"],
)
async def confirm(
    order_id: FromPath[str],
    seller_id: FromPath[str],
    data: JSONBody[EmptyBody],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """The buyer accepts the goods: the seller's money is released at once."""
    command = ConfirmReceipt(
        by=caller.by, order_id=order_id, seller_id=seller_id, **caller.times(data)
    )
    return answer(await caller.send(command, order_stream(order_id)))


@post(
    "/v1/orders/{order_id:str}/shipments/{seller_id:str}/release",
    status_code=OK,
    tags=["shipments"],
)
async def release(
    order_id: FromPath[str],
    seller_id: FromPath[str],
    data: JSONBody[ReleaseBody],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Release escrow to the seller, in part or in whole (operators)."""
    command = ReleaseFunds(
        by=caller.by,
        order_id=order_id,
        seller_id=seller_id,
        amount_minor=data.amount.amount_minor if data.amount else None,
        currency=data.amount.currency if data.amount else None,
        **caller.times(data),
    )
    return answer(await caller.send(command, order_stream(order_id)))


ROUTES = [place_order, cancel_order, hand_over, deliver, confirm, release]
