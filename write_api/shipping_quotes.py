"""What shipping a basket costs."""

from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Meta

from commands.streams.shipping_quote.messages import BasketLine, IssueShippingQuote, QuoteAnswer
from eventstore.events.shipping_quote import shipping_quote_stream
from eventstore.identity import permission
from write_api.bodies import LINES_MAX, Body, Id, KnownId, Quantity
from write_api.caller import Caller
from write_api.route import Topic, command_route

ASK = permission("shipping-quotes:ask", "buyer", "seller", "operator")


class QuoteLineBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    listing_id: KnownId
    quantity: Quantity
    shipping_minor: Annotated[int, Meta(ge=0, le=10**9)] | None = None


class QuoteBody(Body, frozen=True, kw_only=True):
    lines: Annotated[tuple[QuoteLineBody, ...], Meta(min_length=1, max_length=LINES_MAX)]
    quote_id: Id | None = None


@command_route(
    "/v1/shipping-quotes",
    tag="orders",
    permission=ASK,
    status=HTTPStatus.CREATED,
    request={"lines": [{"listing_id": "teapot", "quantity": 2}]},
    answer={
        "quote_id": "q1",
        "shipping": {"amount_minor": 700, "currency": "EUR"},
        "lines": [{"listing_id": "teapot", "quantity": 2, "shipping_minor": 700}],
        "expires_at": "2026-05-04T13:00:00Z",
    },
)
async def issue_shipping_quote(
    data: JSONBody[QuoteBody], caller: NamedDependency[Caller]
) -> Response[QuoteAnswer]:
    """What shipping a basket costs, by the tariff; operators may give the amounts."""
    command = IssueShippingQuote(
        quote_id=caller.new_id(data.quote_id),
        lines=tuple(
            BasketLine(
                listing_id=line.listing_id,
                quantity=line.quantity,
                shipping_minor=line.shipping_minor,
            )
            for line in data.lines
        ),
        **caller.asks(data),
    )
    return await caller.send(command, shipping_quote_stream(command.quote_id))


TOPIC = Topic([issue_shipping_quote])
