"""Payouts to sellers."""

from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from eventstore.identity import permission
from projections.models.payouts import queries as payouts
from projections.models.payouts.queries import PayoutView
from read_api.reader import LIMIT, LIMIT_MAX, SEEN_ALL, Page, Reader, not_found, page, read_cursor
from read_api.route import Topic, query_route

READ = permission("payouts:read", "seller", "operator", "auditor", members=("owner", "accountant"))


@query_route("/v1/payouts", tag="payouts", permission=READ)
async def list_payouts(
    reader: NamedDependency[Reader],
    seller_id: Annotated[str | None, QueryParameter(max_length=64)] = None,
    cursor: Annotated[str | None, QueryParameter(max_length=100)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT,
) -> Response[Page[PayoutView]]:
    """Payouts, newest first; a seller sees their own."""
    (before,) = read_cursor(cursor, (SEEN_ALL,))
    wanted = reader.subject if reader.role == "seller" else seller_id
    found = await reader.ask(payouts.payouts, before=before, limit=limit, seller_id=wanted)
    return reader.answer(page(found, limit, lambda payout: [payout.position]))


@query_route("/v1/payouts/{payout_id:str}", tag="payouts", permission=READ)
async def get_payout(
    payout_id: FromPath[str], reader: NamedDependency[Reader]
) -> Response[PayoutView]:
    """A payout: requested, sent, settled, failed or bounced."""
    found = await reader.one("payout", payouts.payout, payout_id)
    if reader.role == "seller" and found.seller_id != reader.subject:
        raise not_found("payout")
    return reader.answer(found)


TOPIC = Topic([list_payouts, get_payout])
