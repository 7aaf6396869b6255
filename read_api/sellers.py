"""Sellers as everyone sees them, and their money."""

from collections.abc import Sequence

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath

from eventstore.identity import is_staff, permission
from projections.history import queries as history
from projections.models.members import queries as members
from projections.models.members.queries import MemberView
from projections.models.sellers import queries as sellers
from projections.models.sellers.queries import SellerBalance, SellerView
from read_api.past import AsOfText, as_of_or_now
from read_api.reader import Reader, not_found
from read_api.route import Topic, query_route

READ = permission("sellers:read", "buyer", "seller", "operator", "auditor", "analyst")
READ_BALANCE = permission(
    "balances:read", "seller", "operator", "auditor", members=("owner", "accountant")
)
READ_MEMBERS = permission(
    "members:read", "seller", "operator", "auditor", members=("owner", "manager")
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


@query_route(
    "/v1/sellers/{seller_id:str}/members",
    tag="members",
    permission=READ_MEMBERS,
    answer=[
        {
            "account_id": "~0c8a1f9e-2b7d-4a55-8d3e-5f2c9b6a7e10",
            "member": "warehouse",
            "since": "2026-05-04T12:00:00Z",
        }
    ],
)
async def get_members(
    seller_id: FromPath[str], reader: NamedDependency[Reader]
) -> Response[Sequence[MemberView]]:
    """Who acts for a seller, and in which part: for its owners and managers, and for staff."""
    if reader.role == "seller" and reader.subject != seller_id:
        raise not_found("seller")
    if is_staff(reader.role):
        await reader.record()
    return reader.answer(await reader.ask(members.members, seller_id))


TOPIC = Topic([get_seller, get_balance, get_members])
