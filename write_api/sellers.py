"""Sellers: registered and suspended by operators."""

from http import HTTPStatus

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from commands.streams.seller.messages import RegisterSeller, SellerAnswer, SuspendSeller
from eventstore.events.seller import seller_stream
from eventstore.identity import permission
from write_api.bodies import Body, Currency, Id, RateBps, ReasonBody, Text, Token, fits
from write_api.caller import Caller
from write_api.route import Topic, command_route

RUN = permission("sellers:run", "operator")


class SellerBody(Body, frozen=True, kw_only=True):
    name: Text
    currency: Currency
    seller_id: Id | None = None
    commission_rate_bps: RateBps | None = None
    payout_destination: Token = ""
    payout_provider: Id | None = None

    def __post_init__(self) -> None:
        fits("name", self.name)


@command_route(
    "/v1/sellers",
    tag="sellers",
    permission=RUN,
    status=HTTPStatus.CREATED,
    request={
        "seller_id": "anna",
        "name": "Anna's pottery",
        "currency": "EUR",
        "payout_destination": "dest_ok",
        "payout_provider": "sandbox",
    },
)
async def register_seller(
    data: JSONBody[SellerBody], caller: NamedDependency[Caller]
) -> Response[SellerAnswer]:
    """Register a seller (operators). The currency is the one the seller trades in.

    The payout destination is a token of the payout provider: of the marketplace's, if none is
    named.
    """
    provider = data.payout_provider
    command = RegisterSeller(
        seller_id=caller.new_id(data.seller_id),
        name=data.name,
        currency=data.currency,
        commission_rate_bps=data.commission_rate_bps,
        payout_destination=data.payout_destination,
        payout_provider=caller.known_provider(provider, "payout_provider") if provider else "",
        **caller.asks(data),
    )
    return await caller.send(command, seller_stream(command.seller_id))


@command_route(
    "/v1/sellers/{seller_id:str}/suspend",
    tag="sellers",
    permission=RUN,
    request={"reason": "complaints"},
)
async def suspend_seller(
    seller_id: FromPath[str], data: JSONBody[ReasonBody], caller: NamedDependency[Caller]
) -> Response[SellerAnswer]:
    """Suspend a seller (operators): no more sales, open orders go on."""
    command = SuspendSeller(seller_id=seller_id, reason=data.reason, **caller.asks(data))
    return await caller.send(command, seller_stream(seller_id))


TOPIC = Topic([register_seller, suspend_seller])
