"""Queries of the accounts model."""

from datetime import datetime

import msgspec

from projections.query import Connection, reads


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """`roles` is what it is of staff; `restricted` whether it may not sign in."""

    account_id: str
    registered_at: datetime
    roles: list[str]
    factors: int
    restricted: bool


class RestrictionView(msgspec.Struct, frozen=True, kw_only=True):
    """`evidence` are ids of orders, refunds and the like. It stands while it is not lifted."""

    number: int
    reason: str
    evidence: list[str]
    until: datetime | None
    imposed_by: str
    imposed_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None


ACCOUNT = (
    "SELECT account_id, registered_at, roles, factors, EXISTS (SELECT FROM rm_accounts.restrictions"
    " WHERE kind = 'account' AND target_id = account_id AND lifted_at IS NULL)"
    " FROM rm_accounts.accounts WHERE account_id = %s"
)
RESTRICTIONS = (
    "SELECT number, reason, evidence, until, imposed_by, imposed_at, lifted_by, lifted_at"
    " FROM rm_accounts.restrictions WHERE kind = %s AND target_id = %s"
    " ORDER BY number DESC LIMIT 100"
)


@reads("accounts")
async def account(connection: Connection, account_id: str) -> AccountView | None:
    row = await (await connection.execute(ACCOUNT, [account_id])).fetchone()
    if row is None:
        return None
    account_id, registered_at, roles, factors, restricted = row
    return AccountView(
        account_id=account_id,
        registered_at=registered_at,
        roles=roles.split(),
        factors=factors,
        restricted=restricted,
    )


@reads("accounts")
async def restrictions(connection: Connection, kind: str, target_id: str) -> list[RestrictionView]:
    """The newest first."""
    rows = await (await connection.execute(RESTRICTIONS, [kind, target_id])).fetchall()
    return [
        RestrictionView(
            number=number,
            reason=reason,
            evidence=evidence.split(),
            until=until,
            imposed_by=imposed_by,
            imposed_at=imposed_at,
            lifted_by=lifted_by,
            lifted_at=lifted_at,
        )
        for number, reason, evidence, until, imposed_by, imposed_at, lifted_by, lifted_at in rows
    ]
