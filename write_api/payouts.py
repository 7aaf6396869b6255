"""Payouts of what is due to sellers."""

from http import HTTPStatus

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody

from commands.streams.payout.messages import PayoutAnswer, RequestPayout
from eventstore.events.payout import payout_stream
from eventstore.identity import permission
from write_api.bodies import Amount, Body, Id, KnownId, Token
from write_api.caller import Caller
from write_api.route import Topic, command_route

PAY_OUT = permission("payouts:request", "operator")


class PayoutBody(Body, frozen=True, kw_only=True):
    """Without an amount everything that is due is paid out; without a provider by the seller's."""

    seller_id: KnownId
    provider: Id | None = None
    destination: Token = ""
    amount: Amount | None = None
    payout_id: Id | None = None


@command_route(
    "/v1/payouts",
    tag="payouts",
    permission=PAY_OUT,
    step_up=True,
    status=HTTPStatus.CREATED,
    request={"seller_id": "anna", "provider": "sandbox"},
    answer={
        "payout_id": "019a4c6e-8f00-7000-8000-000000000003",
        "seller_id": "anna",
        "amount": {"amount_minor": 8800, "currency": "EUR"},
        "status": "requested",
    },
)
async def request_payout(
    data: JSONBody[PayoutBody], caller: NamedDependency[Caller]
) -> Response[PayoutAnswer]:
    """Pay out what is due to a seller (operators)."""
    command = RequestPayout(
        payout_id=caller.new_id(data.payout_id),
        seller_id=data.seller_id,
        provider=caller.known_provider(data.provider) if data.provider else "",
        destination=data.destination,
        amount_minor=data.amount.amount_minor if data.amount else None,
        currency=data.amount.currency if data.amount else None,
        **caller.asks(data),
    )
    return await caller.send(command, payout_stream(command.payout_id))


TOPIC = Topic([request_payout])
