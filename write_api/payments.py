"""Payments of orders."""

from http import HTTPStatus

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from commands.streams.payment.messages import PaymentAnswer, StartPayment
from eventstore.events.order import order_stream
from eventstore.identity import permission
from write_api.bodies import ORDER_EXAMPLE, Amount, Body, Id, Token
from write_api.caller import Caller
from write_api.route import Topic, command_route

PAY = permission("payments:start", "buyer", "operator")


class PaymentBody(Body, frozen=True, kw_only=True):
    """`source` is the provider's token for the means of payment: never a card number."""

    provider: Id
    method: Id = "card"
    source: Token = ""
    amount: Amount | None = None
    payment_id: Id | None = None


@command_route(
    "/v1/orders/{order_id:str}/payments",
    tag="payments",
    permission=PAY,
    status=HTTPStatus.CREATED,
    request={"provider": "sandbox", "source": "tok_ok"},
    answer={
        "payment_id": "019a4c6e-8f00-7000-8000-000000000001",
        "order_id": ORDER_EXAMPLE,
        "amount": {"amount_minor": 9700, "currency": "EUR"},
        "status": "started",
        "order_paid": False,
    },
)
async def start_payment(
    order_id: FromPath[str], data: JSONBody[PaymentBody], caller: NamedDependency[Caller]
) -> Response[PaymentAnswer]:
    """Start a payment; with the `manual` provider (operators) it is captured at once."""
    command = StartPayment(
        payment_id=caller.new_id(data.payment_id),
        order_id=order_id,
        provider=caller.known_provider(data.provider),
        method=data.method,
        source=data.source,
        amount_minor=data.amount.amount_minor if data.amount else None,
        currency=data.amount.currency if data.amount else None,
        **caller.asks(data),
    )
    return await caller.send(command, order_stream(order_id))


TOPIC = Topic([start_payment])
