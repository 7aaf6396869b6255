"""Payments, refunds and payouts."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from commands.streams.payment.messages import StartPayment
from commands.streams.payment.refusals import ProviderUnknown
from commands.streams.payout.messages import RequestPayout
from commands.streams.refund.messages import (
    ApproveRefund,
    RefundLineRequest,
    RejectRefund,
    RequestRefund,
    SettleRefundLeg,
)
from eventstore.events.order import order_stream
from write_api.answers import answer, created
from write_api.bodies import (
    EmptyBody,
    LegBody,
    PaymentBody,
    PayoutBody,
    ReasonBody,
    RefundBody,
)
from write_api.caller import Caller, HeaderInvalid

CREATED = HTTPStatus.CREATED
OK = HTTPStatus.OK


def _known_provider(request: Request[Any, Any, State], provider: str) -> str:
    providers: frozenset[str] = request.app.state.providers
    if provider not in providers:
        names = ", ".join(sorted(providers))
        raise ProviderUnknown(f"The providers here are {names}.", field="provider")
    return provider


@post("/v1/orders/{order_id:str}/payments", status_code=CREATED, tags=["payments"])
async def start_payment(
    order_id: FromPath[str],
    data: JSONBody[PaymentBody],
    caller: NamedDependency[Caller],
    request: Request[Any, Any, State],
) -> Response[bytes]:
    """Start a payment; with the `manual` provider (operators) it is captured at once."""
    command = StartPayment(
        by=caller.by,
        payment_id=caller.new_id(data.payment_id),
        order_id=order_id,
        provider=_known_provider(request, data.provider),
        method=data.method,
        source=data.source,
        amount_minor=data.amount.amount_minor if data.amount else None,
        currency=data.amount.currency if data.amount else None,
        **caller.times(data),
    )
    return created(await caller.send(command, order_stream(order_id)))


@post("/v1/orders/{order_id:str}/refunds", status_code=CREATED, tags=["refunds"])
async def request_refund(
    order_id: FromPath[str], data: JSONBody[RefundBody], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Ask for money back by lines, by amount, or for everything that is left."""
    if data.lines and data.amount is not None:
        raise HeaderInvalid("amount", "give lines or an amount, not both")
    if data.overpaid and (data.lines or data.seller_id):
        raise HeaderInvalid("overpaid", "is about no lines and no seller's part")
    command = RequestRefund(
        by=caller.by,
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
        **caller.times(data),
    )
    return created(await caller.send(command, order_stream(order_id)))


@post("/v1/refunds/{refund_id:str}/approve", status_code=OK, tags=["refunds"])
async def approve_refund(
    refund_id: FromPath[str], data: JSONBody[EmptyBody], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Approve a refund (operators): the money leaves escrow or the sellers' accounts."""
    command = ApproveRefund(by=caller.by, refund_id=refund_id, **caller.times(data))
    return answer(await caller.send(command, f"refund-{refund_id}"))


@post("/v1/refunds/{refund_id:str}/reject", status_code=OK, tags=["refunds"])
async def reject_refund(
    refund_id: FromPath[str], data: JSONBody[ReasonBody], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Reject a refund (operators)."""
    command = RejectRefund(
        by=caller.by, refund_id=refund_id, reason=data.reason, **caller.times(data)
    )
    return answer(await caller.send(command, f"refund-{refund_id}"))


@post("/v1/refunds/{refund_id:str}/legs/{payment_id:str}/settle", status_code=OK, tags=["refunds"])
async def settle_leg(
    refund_id: FromPath[str],
    payment_id: FromPath[str],
    data: JSONBody[LegBody],
    caller: NamedDependency[Caller],
) -> Response[bytes]:
    """Settle in another way what the provider refused to return (operators)."""
    if data.way == "paid_outside" and not data.reference:
        raise HeaderInvalid("reference", "is required: name the payment that the buyer has got")
    if data.way == "other_payment" and not data.to_payment_id:
        raise HeaderInvalid("to_payment_id", "is required: name another charge of the order")
    command = SettleRefundLeg(
        by=caller.by,
        refund_id=refund_id,
        payment_id=payment_id,
        way=data.way,
        reason=data.reason,
        reference=data.reference or "",
        to_payment_id=data.to_payment_id or "",
        **caller.times(data),
    )
    return answer(await caller.send(command, f"refund-{refund_id}"))


@post("/v1/payouts", status_code=CREATED, tags=["payouts"])
async def request_payout(
    data: JSONBody[PayoutBody],
    caller: NamedDependency[Caller],
    request: Request[Any, Any, State],
) -> Response[bytes]:
    """Pay out what is due to a seller (operators)."""
    command = RequestPayout(
        by=caller.by,
        payout_id=caller.new_id(data.payout_id),
        seller_id=data.seller_id,
        provider=_known_provider(request, data.provider),
        destination=data.destination,
        amount_minor=data.amount.amount_minor if data.amount else None,
        currency=data.amount.currency if data.amount else None,
        **caller.times(data),
    )
    return created(await caller.send(command, f"payout-{command.payout_id}"))


ROUTES = [
    start_payment,
    request_refund,
    approve_refund,
    reject_refund,
    settle_leg,
    request_payout,
]
