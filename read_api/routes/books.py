"""The ledger: trial balance, movements, accounts."""

from typing import Annotated

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from projections.ledger import queries as ledger
from projections.ledger.queries import AccountBalance, Entry, Movement, TrialBalance
from read_api.past import AsOfText, as_of_or_now
from read_api.reader import LIMIT, LIMIT_MAX, Reader, cursor_of, not_found, read_cursor

AUDITORS = ("auditor", "operator")


class Movements(msgspec.Struct, frozen=True):
    position: int
    movements: list[Movement]


class AccountView(msgspec.Struct, frozen=True):
    """An account, or a group of accounts: balances, and a page of its entries."""

    balances: list[AccountBalance]
    entries: list[Entry]
    next_cursor: str | None


@get("/v1/ledger/trial-balance", tags=["ledger"])
async def get_trial_balance(
    reader: NamedDependency[Reader], as_of: AsOfText = None, known_at: AsOfText = None
) -> Response[TrialBalance]:
    """Balances by account group, now or as they were; each currency sums to zero.

    `as_of` and `known_at` are a log position or an ISO 8601 time: what was true, what was known.
    """
    reader.must_be(*AUDITORS)
    past = as_of_or_now(as_of, known_at)
    await reader.fresh("ledger")
    if past is not None:
        await reader.record()
    async with reader.connection() as connection:
        balance = await ledger.trial_balance(connection, past)
    return reader.answer(balance)


@get("/v1/ledger/movements", tags=["ledger"])
async def get_movements(reader: NamedDependency[Reader]) -> Response[Movements]:
    """What each kind of event has moved through each group of accounts so far."""
    reader.must_be(*AUDITORS)
    await reader.fresh("ledger")
    async with reader.connection() as connection:
        position, moved = await ledger.movements(connection)
    return reader.answer(Movements(position, moved))


@get("/v1/ledger/accounts/{account:path}", tags=["ledger"])
async def get_account(
    account: FromPath[str],
    reader: NamedDependency[Reader],
    cursor: Annotated[str | None, QueryParameter(max_length=100)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT,
) -> Response[AccountView]:
    """Balances and entries of an account (`seller_payable:ID`) or of a group (`escrow`)."""
    reader.must_be(*AUDITORS)
    await reader.fresh("ledger")
    name = account.lstrip("/")
    position, entry = read_cursor(cursor, (0, 0))
    async with reader.connection() as connection:
        balances = await ledger.balances(connection, name)
        entries = await ledger.entries(connection, name, (position, entry), limit)
    if not balances:
        raise not_found("account")
    more = cursor_of(entries[-1].position, entries[-1].entry) if len(entries) == limit else None
    return reader.answer(AccountView(list(balances), list(entries), more))


ROUTES = [get_trial_balance, get_movements, get_account]
