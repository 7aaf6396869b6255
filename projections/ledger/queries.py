"""Queries of the books."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

type Connection = AsyncConnection[tuple[Any, ...]]


class CurrencyBalances(msgspec.Struct, frozen=True):
    """Balances by account group: credits positive, debits negative; they sum to zero."""

    sum_minor: int
    accounts: dict[str, int]


class TrialBalance(msgspec.Struct, frozen=True):
    position: int
    currencies: dict[str, CurrencyBalances]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    position: int
    entry: int
    amount_minor: int
    currency: str
    name: str
    stream: str
    occurred_at: datetime
    recorded_at: datetime


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of event has moved through one group of accounts in all."""

    name: str
    account_group: str
    currency: str
    amount_minor: int
    entries: int


class AccountBalance(msgspec.Struct, frozen=True, kw_only=True):
    account: str
    currency: str
    balance_minor: int


NOW = (
    "SELECT currency, account_group, sum(balance_minor)::bigint FROM rm_ledger.balances"
    " GROUP BY currency, account_group ORDER BY currency, account_group"
)
AS_OF = (
    "SELECT currency, account_group, sum(amount_minor)::bigint FROM rm_ledger.entries"
    " WHERE position <= %s GROUP BY currency, account_group ORDER BY currency, account_group"
)
MOVEMENTS = (
    "SELECT name, account_group, currency, sum(amount_minor)::bigint AS amount_minor,"
    " count(*) AS entries FROM rm_ledger.entries GROUP BY name, account_group, currency"
    " ORDER BY name, account_group, currency"
)
ENTRIES = (
    "SELECT position, entry, amount_minor, currency, name, stream, occurred_at, recorded_at"
    " FROM rm_ledger.entries WHERE account = %s AND (position, entry) > (%s, %s)"
    " ORDER BY position, entry LIMIT %s"
)
ENTRIES_OF_GROUP = (
    "SELECT position, entry, amount_minor, currency, name, stream, occurred_at, recorded_at"
    " FROM rm_ledger.entries WHERE account_group = %s AND (position, entry) > (%s, %s)"
    " ORDER BY position, entry LIMIT %s"
)
BALANCES = (
    "SELECT account, currency, balance_minor FROM rm_ledger.balances"
    " WHERE account = %s OR account_group = %s ORDER BY account, currency LIMIT 1000"
)


async def trial_balance(
    connection: Connection, position: int, *, as_of: bool = False
) -> TrialBalance:
    """Now, at the model's `position`; or `as_of` an earlier one."""
    cursor = await (connection.execute(AS_OF, [position]) if as_of else connection.execute(NOW))
    groups: dict[str, dict[str, int]] = {}
    for currency, group, balance in await cursor.fetchall():
        groups.setdefault(currency, {})[group] = balance
    return TrialBalance(
        position,
        {
            currency: CurrencyBalances(sum(accounts.values()), accounts)
            for currency, accounts in groups.items()
        },
    )


async def movements(connection: Connection) -> Sequence[Movement]:
    async with connection.cursor(row_factory=class_row(Movement)) as cursor:
        await cursor.execute(MOVEMENTS)
        return await cursor.fetchall()


async def entries(
    connection: Connection, account: str, after: tuple[int, int], limit: int
) -> Sequence[Entry]:
    """Entries of an account, or of all accounts of a group, in the order of the log."""
    query = ENTRIES if ":" in account else ENTRIES_OF_GROUP
    async with connection.cursor(row_factory=class_row(Entry)) as cursor:
        await cursor.execute(query, [account, *after, limit])
        return await cursor.fetchall()


async def balances(connection: Connection, account: str) -> Sequence[AccountBalance]:
    async with connection.cursor(row_factory=class_row(AccountBalance)) as cursor:
        await cursor.execute(BALANCES, [account, account])
        return await cursor.fetchall()
