"""Queries of the books."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from psycopg.rows import class_row

from projections.as_of import AsOf
from projections.query import Connection, reads


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


# One statement sees one state of position and rows, also while a rebuild swaps the tables.
POSITION = "(SELECT position FROM projection.checkpoint WHERE name = 'ledger') AS c"
NOW = (
    "SELECT c.position, b.currency, b.account_group, sum(b.balance_minor)::bigint"  # noqa: S608
    f" FROM {POSITION} LEFT JOIN rm_ledger.balances AS b ON true"
    " GROUP BY c.position, b.currency, b.account_group ORDER BY b.currency, b.account_group"
)
THEN = (
    "SELECT c.position, e.currency, e.account_group, sum(e.amount_minor)::bigint"  # noqa: S608
    f" FROM {POSITION} LEFT JOIN rm_ledger.entries AS e ON e.position <= %(upto)s"
    " AND (%(at)s::timestamptz IS NULL OR e.occurred_at <= %(at)s)"
    " AND (%(known_at)s::timestamptz IS NULL OR e.recorded_at <= %(known_at)s)"
    " GROUP BY c.position, e.currency, e.account_group ORDER BY e.currency, e.account_group"
)
MOVEMENTS = (
    "SELECT c.position, e.name, e.account_group, e.currency, sum(e.amount_minor)::bigint,"  # noqa: S608
    f" count(*) FROM {POSITION} LEFT JOIN rm_ledger.entries AS e ON true"
    " GROUP BY c.position, e.name, e.account_group, e.currency"
    " ORDER BY e.name, e.account_group, e.currency"
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


@reads("ledger")
async def trial_balance(connection: Connection, as_of: AsOf | None = None) -> TrialBalance:
    """Now, or as it was; `position` is how far into the log it looks."""
    if as_of is None:
        cursor = await connection.execute(NOW.encode())
    else:
        values = {"upto": as_of.upto, "at": as_of.at, "known_at": as_of.known_at}
        cursor = await connection.execute(THEN.encode(), values)
    at = 0
    groups: dict[str, dict[str, int]] = {}
    for position, currency, group, balance in await cursor.fetchall():
        at = position
        if currency is not None:
            groups.setdefault(currency, {})[group] = balance
    return TrialBalance(
        at if as_of is None else min(at, as_of.upto),
        {
            currency: CurrencyBalances(sum(accounts.values()), accounts)
            for currency, accounts in groups.items()
        },
    )


@reads("ledger")
async def movements(connection: Connection) -> tuple[int, list[Movement]]:
    """By event name and group of accounts, with the position that they stand for."""
    cursor = await connection.execute(MOVEMENTS.encode())
    at = 0
    moved: list[Movement] = []
    for position, name, group, currency, amount, entries_ in await cursor.fetchall():
        at = position
        if name is not None:
            moved.append(
                Movement(
                    name=name,
                    account_group=group,
                    currency=currency,
                    amount_minor=amount,
                    entries=entries_,
                )
            )
    return at, moved


@reads("ledger")
async def entries(
    connection: Connection, account: str, after: tuple[int, int], limit: int
) -> Sequence[Entry]:
    """Entries of an account, or of all accounts of a group, in the order of the log."""
    query = ENTRIES if ":" in account else ENTRIES_OF_GROUP
    async with connection.cursor(row_factory=class_row(Entry)) as cursor:
        await cursor.execute(query, [account, *after, limit])
        return await cursor.fetchall()


@reads("ledger")
async def balances(connection: Connection, account: str) -> Sequence[AccountBalance]:
    async with connection.cursor(row_factory=class_row(AccountBalance)) as cursor:
        await cursor.execute(BALANCES, [account, account])
        return await cursor.fetchall()
