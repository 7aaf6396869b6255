"""Refunds: asked for, decided on, and settled in another way."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from commands.streams.refund.messages import (
    ApproveRefund,
    DecisionAnswer,
    LegAnswer,
    RefundAnswer,
    RefundLineRequest,
    RejectRefund,
    RequestRefund,
    SettleRefundLeg,
    Way,
)
from eventstore.events.order import order_stream
from eventstore.events.refund import refund_stream
from eventstore.identity import permission
from write_api.bodies import (
    ORDER_EXAMPLE,
    Amount,
    Body,
    EmptyBody,
    Id,
    KnownId,
    Quantity,
    ReasonBody,
    Text,
    fits,
)
from write_api.caller import Caller, HeaderInvalid
from write_api.route import Topic, command_route

REQUEST = permission("refunds:request", "buyer", "operator")
DECIDE = permission("refunds:decide", "operator")
# Orders of earlier days may have more lines.
LINE_ID_MAX = 200


class RefundLineBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    line_id: Annotated[int, Meta(ge=1, le=LINE_ID_MAX)]
    quantity: Quantity


class RefundBody(Body, frozen=True, kw_only=True):
    """By `lines`, or by `amount`, or of everything left: of `seller_id`'s part or of all.

    `overpaid` asks for what was paid beyond the total, first over `payment_id`.
    """

    reason: Text
    lines: Annotated[tuple[RefundLineBody, ...], Meta(max_length=LINE_ID_MAX)] = ()
    amount: Amount | None = None
    seller_id: KnownId | None = None
    refund_id: Id | None = None
    approve: bool = False
    overpaid: bool = False
    payment_id: KnownId | None = None

    def __post_init__(self) -> None:
        fits("reason", self.reason)


class LegBody(Body, frozen=True, kw_only=True):
    """How a leg of a refund ends that its provider refused.

    `paid_outside` needs the `reference` of the other payment, `other_payment` the order's charge
    in `to_payment_id`; `charged_back` says that the buyer's bank had taken the charge back.
    """

    way: Way
    reason: Text
    reference: Text | None = None
    to_payment_id: KnownId | None = None

    def __post_init__(self) -> None:
        fits("reason", self.reason)
        fits("reference", self.reference or "")


@command_route(
    "/v1/orders/{order_id:str}/refunds",
    tag="refunds",
    permission=REQUEST,
    status=HTTPStatus.CREATED,
    request={"lines": [{"line_id": 1, "quantity": 1}], "reason": "arrived broken"},
    answer={
        "refund_id": "019a4c6e-8f00-7000-8000-000000000002",
        "order_id": ORDER_EXAMPLE,
        "amount": {"amount_minor": 4850, "currency": "EUR"},
        "status": "requested",
    },
)
async def request_refund(
    order_id: FromPath[str], data: JSONBody[RefundBody], caller: NamedDependency[Caller]
) -> Response[RefundAnswer]:
    """Ask for money back by lines, by amount, or for everything that is left."""
    if data.lines and data.amount is not None:
        raise HeaderInvalid("amount", "give lines or an amount, not both")
    if data.overpaid and (data.lines or data.seller_id):
        raise HeaderInvalid("overpaid", "is about no lines and no seller's part")
    command = RequestRefund(
        refund_id=caller.new_id(data.refund_id),
        order_id=order_id,
        reason=data.reason,
        lines=tuple(
            RefundLineRequest(line_id=line.line_id, quantity=line.quantity) for line in data.lines
        ),
        amount_minor=data.amount.amount_minor if data.amount else None,
        currency=data.amount.currency if data.amount else None,
        seller_id=data.seller_id,
        approve=data.approve,
        overpaid=data.overpaid,
        payment_id=data.payment_id,
        **caller.asks(data),
    )
    return await caller.send(command, order_stream(order_id))


@command_route("/v1/refunds/{refund_id:str}/approve", tag="refunds", permission=DECIDE, request={})
async def approve_refund(
    refund_id: FromPath[str], data: JSONBody[EmptyBody], caller: NamedDependency[Caller]
) -> Response[DecisionAnswer]:
    """Approve a refund (operators): the money leaves escrow or the sellers' accounts."""
    command = ApproveRefund(refund_id=refund_id, **caller.asks(data))
    return await caller.send(command, refund_stream(refund_id))


@command_route(
    "/v1/refunds/{refund_id:str}/reject",
    tag="refunds",
    permission=DECIDE,
    request={"reason": "worn"},
)
async def reject_refund(
    refund_id: FromPath[str], data: JSONBody[ReasonBody], caller: NamedDependency[Caller]
) -> Response[DecisionAnswer]:
    """Reject a refund (operators)."""
    command = RejectRefund(refund_id=refund_id, reason=data.reason, **caller.asks(data))
    return await caller.send(command, refund_stream(refund_id))


@command_route(
    "/v1/refunds/{refund_id:str}/legs/{payment_id:str}/settle",
    tag="refunds",
    permission=DECIDE,
    request={
        "way": "paid_outside",
        "reference": "bank transfer 4711",
        "reason": "the card was closed",
    },
)
async def settle_leg(
    refund_id: FromPath[str],
    payment_id: FromPath[str],
    data: JSONBody[LegBody],
    caller: NamedDependency[Caller],
) -> Response[LegAnswer]:
    """Settle in another way what the provider refused to return (operators)."""
    if data.way == "paid_outside" and not data.reference:
        raise HeaderInvalid("reference", "is required: name the payment that the buyer has got")
    if data.way == "other_payment" and not data.to_payment_id:
        raise HeaderInvalid("to_payment_id", "is required: name another charge of the order")
    command = SettleRefundLeg(
        refund_id=refund_id,
        payment_id=payment_id,
        way=data.way,
        reason=data.reason,
        reference=data.reference or "",
        to_payment_id=data.to_payment_id or "",
        **caller.asks(data),
    )
    return await caller.send(command, refund_stream(refund_id))


TOPIC = Topic([request_refund, approve_refund, reject_refund, settle_leg])
