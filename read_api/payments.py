"""Payments of orders."""

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath

from eventstore.identity import permission
from projections.models.payments import queries as payments
from projections.models.payments.queries import PaymentView
from read_api.orders import must_see
from read_api.reader import Reader
from read_api.route import Topic, query_route

READ = permission("payments:read", "buyer", "operator", "auditor")


@query_route("/v1/payments/{payment_id:str}", tag="payments", permission=READ)
async def get_payment(
    payment_id: FromPath[str], reader: NamedDependency[Reader]
) -> Response[PaymentView]:
    """A payment: started, captured, declined or reversed."""
    found = await reader.one("payment", payments.payment, payment_id)
    await must_see(reader, found.order_id, "payment")
    return reader.answer(found)


TOPIC = Topic([get_payment])
