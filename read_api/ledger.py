"""The ledger: trial balance, movements, accounts."""

from typing import Annotated

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from eventstore.identity import permission
from projections.models.ledger import queries as ledger
from projections.models.ledger.queries import AccountBalance, Entry, Movement, TrialBalance
from read_api.past import AsOfText, as_of_or_now
from read_api.reader import LIMIT, LIMIT_MAX, Reader, not_found, page, read_cursor
from read_api.route import Topic, query_route

READ = permission("ledger:read", "auditor", "operator")


class Movements(msgspec.Struct, frozen=True):
    position: int
    movements: list[Movement]


class AccountView(msgspec.Struct, frozen=True):
    """An account, or a group of accounts: balances, and a page of its entries."""

    balances: list[AccountBalance]
    entries: list[Entry]
    next_cursor: str | None


@query_route(
    "/v1/ledger/trial-balance",
    tag="ledger",
    permission=READ,
    answer={
        "position": 16,
        "currencies": {
            "EUR": {"sum_minor": 0, "accounts": {"escrow": 9700, "psp_clearing": -9700}}
        },
    },
)
async def get_trial_balance(
    reader: NamedDependency[Reader], as_of: AsOfText = None, known_at: AsOfText = None
) -> Response[TrialBalance]:
    """Balances by account group, now or as they were; each currency sums to zero.

    `as_of` and `known_at` are a log position or an ISO 8601 time: what was true, what was known.
    """
    past = as_of_or_now(as_of, known_at)
    await reader.fresh(ledger.trial_balance)
    if past is not None:
        await reader.record()
    return reader.answer(await reader.ask(ledger.trial_balance, past))


@query_route("/v1/ledger/movements", tag="ledger", permission=READ)
async def get_movements(reader: NamedDependency[Reader]) -> Response[Movements]:
    """What each kind of event has moved through each group of accounts so far."""
    position, moved = await reader.ask(ledger.movements)
    return reader.answer(Movements(position, moved))


@query_route("/v1/ledger/accounts/{account:path}", tag="ledger", permission=READ)
async def get_account(
    account: FromPath[str],
    reader: NamedDependency[Reader],
    cursor: Annotated[str | None, QueryParameter(max_length=100)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT,
) -> Response[AccountView]:
    """Balances and entries of an account (`seller_payable:ID`) or of a group (`escrow`)."""
    name = account.lstrip("/")
    position, entry = read_cursor(cursor, (0, 0))
    balances = await reader.ask(ledger.balances, name)
    if not balances:
        raise not_found("account")
    entries = await reader.ask(ledger.entries, name, (position, entry), limit)
    found = page(entries, limit, lambda one: (one.position, one.entry))
    return reader.answer(AccountView(list(balances), found.items, found.next_cursor))


TOPIC = Topic([get_trial_balance, get_movements, get_account])
