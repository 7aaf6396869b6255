"""Refunds of orders."""

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath

from eventstore.identity import permission
from projections.models.refunds import queries as refunds
from projections.models.refunds.queries import RefundView
from read_api.orders import must_see
from read_api.reader import Reader
from read_api.route import Topic, query_route

READ = permission("refunds:read", "buyer", "operator", "auditor")


@query_route("/v1/refunds/{refund_id:str}", tag="refunds", permission=READ)
async def get_refund(
    refund_id: FromPath[str], reader: NamedDependency[Reader]
) -> Response[RefundView]:
    """A refund: requested, approved, rejected, settled or failed."""
    found = await reader.one("refund", refunds.refund, refund_id)
    await must_see(reader, found.order_id, "refund")
    return reader.answer(found)


TOPIC = Topic([get_refund])
