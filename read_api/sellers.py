"""Sellers as everyone sees them, and their money."""

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath

from eventstore.identity import permission
from projections.history import queries as history
from projections.models.sellers import queries as sellers
from projections.models.sellers.queries import SellerBalance, SellerView
from read_api.past import AsOfText, as_of_or_now
from read_api.reader import Reader, not_found
from read_api.route import Topic, query_route

READ = permission("sellers:read", "buyer", "seller", "operator", "auditor", "analyst")
READ_BALANCE = permission(
    "balances:read", "seller", "operator", "auditor", members=("owner", "accountant")
)


@query_route("/v1/sellers/{seller_id:str}", tag="sellers", permission=READ)
async def get_seller(
    seller_id: FromPath[str], reader: NamedDependency[Reader]
) -> Response[SellerView]:
    """A seller as everyone may see it."""
    found = await reader.one("seller", sellers.seller, seller_id)
    return reader.answer(found, version=found.version)


@query_route(
    "/v1/sellers/{seller_id:str}/balance",
    tag="sellers",
    permission=READ_BALANCE,
    answer={
        "seller_id": "anna",
        "currency": "EUR",
        "held_minor": 9700,
        "balance_minor": 0,
        "debt_minor": 0,
        "earned_minor": 0,
        "pending_minor": 0,
        "paid_out_minor": 0,
    },
)
async def get_balance(
    seller_id: FromPath[str],
    reader: NamedDependency[Reader],
    as_of: AsOfText = None,
    known_at: AsOfText = None,
) -> Response[SellerBalance]:
    """A seller's money: held, due, owed, on its way, paid out.

    `as_of` and `known_at`, each a log position or an ISO 8601 time, ask for the balance as it
    was, by what was known: folded from the log.
    """
    past = as_of_or_now(as_of, known_at)
    if reader.role == "seller" and reader.subject != seller_id:
        raise not_found("seller")
    if past is None:
        return reader.answer(await reader.one("seller", sellers.balance, seller_id))
    return reader.answer(await reader.one("seller", history.seller_balance, seller_id, past))


TOPIC = Topic([get_seller, get_balance])
