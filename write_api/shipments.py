"""Parcels of an order's sellers, and the release of what is held for them."""

from http import HTTPStatus

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from commands.streams.order.messages import (
    ConfirmReceipt,
    HandOverShipment,
    PartAnswer,
    RecordDelivery,
    ReleaseAnswer,
    ReleaseFunds,
)
from eventstore.events.order import order_stream
from eventstore.identity import permission
from write_api.bodies import Amount, Body, EmptyBody, KnownId, Text, fits
from write_api.caller import Caller
from write_api.route import Topic, command_route

HAND_OVER = permission(
    "shipments:hand-over", "seller", "operator", members=("owner", "manager", "warehouse")
)
DELIVER = permission("shipments:deliver", "operator")
CONFIRM = permission("shipments:confirm", "buyer", "operator")
RELEASE = permission("escrow:release", "operator")
PART = "/v1/orders/{order_id:str}/shipments/{seller_id:str}"


class ShipmentBody(Body, frozen=True, kw_only=True):
    seller_id: KnownId
    carrier: Text
    tracking_number: Text

    def __post_init__(self) -> None:
        fits("carrier", self.carrier)
        fits("tracking_number", self.tracking_number)


class ReleaseBody(Body, frozen=True, kw_only=True):
    amount: Amount | None = None


@command_route(
    "/v1/orders/{order_id:str}/shipments",
    tag="shipments",
    permission=HAND_OVER,
    status=HTTPStatus.CREATED,
    request={"seller_id": "anna", "carrier": "CDEK", "tracking_number": "1105562744"},
)
async def hand_over(
    order_id: FromPath[str], data: JSONBody[ShipmentBody], caller: NamedDependency[Caller]
) -> Response[PartAnswer]:
    """A seller's parcel goes to its carrier."""
    command = HandOverShipment(
        order_id=order_id,
        seller_id=data.seller_id,
        carrier=data.carrier,
        tracking_number=data.tracking_number,
        **caller.asks(data),
    )
    return await caller.send(command, order_stream(order_id))


@command_route(
    f"{PART}/deliver",
    tag="shipments",
    permission=DELIVER,
    request={"occurred_at": "2026-05-04T12:00:00Z"},
)
async def deliver(
    order_id: FromPath[str],
    seller_id: FromPath[str],
    data: JSONBody[EmptyBody],
    caller: NamedDependency[Caller],
) -> Response[PartAnswer]:
    """A parcel has arrived: the buyer's acceptance window begins."""
    command = RecordDelivery(order_id=order_id, seller_id=seller_id, **caller.asks(data))
    return await caller.send(command, order_stream(order_id))


@command_route(f"{PART}/confirm", tag="shipments", permission=CONFIRM, request={})
async def confirm(
    order_id: FromPath[str],
    seller_id: FromPath[str],
    data: JSONBody[EmptyBody],
    caller: NamedDependency[Caller],
) -> Response[PartAnswer]:
    """The buyer accepts the goods: the seller's money is released at once."""
    command = ConfirmReceipt(order_id=order_id, seller_id=seller_id, **caller.asks(data))
    return await caller.send(command, order_stream(order_id))


@command_route(
    f"{PART}/release",
    tag="shipments",
    permission=RELEASE,
    step_up=True,
    request={"amount": {"amount_minor": 9500, "currency": "EUR"}},
)
async def release(
    order_id: FromPath[str],
    seller_id: FromPath[str],
    data: JSONBody[ReleaseBody],
    caller: NamedDependency[Caller],
) -> Response[ReleaseAnswer]:
    """Release escrow to the seller, in part or in whole (operators)."""
    command = ReleaseFunds(
        order_id=order_id,
        seller_id=seller_id,
        amount_minor=data.amount.amount_minor if data.amount else None,
        currency=data.amount.currency if data.amount else None,
        **caller.asks(data),
    )
    return await caller.send(command, order_stream(order_id))


TOPIC = Topic([hand_over, deliver, confirm, release])
