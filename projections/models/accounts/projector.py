"""Accounts as staff sees them: what they are, and how they are restricted. No address is here."""

from importlib.resources import files

from eventstore.codec import Recorded
from eventstore.events.account import (
    AccountRegistered,
    FactorAdded,
    FactorRemoved,
    RoleGranted,
    RoleRevoked,
)
from eventstore.events.restriction import RestrictionImposed, RestrictionLifted
from projections.stores.postgresql.projector import Projector
from projections.stores.postgresql.tables import Table, Writes

ACCOUNTS = Table(
    "accounts",
    ("account_id",),
    {"account_id": "text", "registered_at": "time", "roles": "text", "factors": "int"},
    defaults={"roles": "", "factors": 0},
)
RESTRICTIONS = Table(
    "restrictions",
    ("kind", "target_id", "number"),
    {
        "kind": "text",
        "target_id": "text",
        "number": "int",
        "reason": "text",
        "evidence": "text",
        "until": "time",
        "imposed_by": "text",
        "imposed_at": "time",
        "lifted_by": "text",
        "lifted_at": "time",
    },
)


def on_registered(event: AccountRegistered, recorded: Recorded, writes: Writes) -> None:
    at = recorded.envelope.occurred_at
    writes.insert(ACCOUNTS, account_id=event.account_id, registered_at=at)


def on_roles(event: RoleGranted | RoleRevoked, _: Recorded, writes: Writes) -> None:
    writes.set(ACCOUNTS, (event.account_id,), roles=" ".join(event.roles))


def on_added(event: FactorAdded, _: Recorded, writes: Writes) -> None:
    writes.add(ACCOUNTS, (event.account_id,), factors=1)


def on_removed(event: FactorRemoved, _: Recorded, writes: Writes) -> None:
    writes.add(ACCOUNTS, (event.account_id,), factors=-1)


def on_imposed(event: RestrictionImposed, recorded: Recorded, writes: Writes) -> None:
    writes.insert(
        RESTRICTIONS,
        kind=event.kind,
        target_id=event.target_id,
        number=event.number,
        reason=event.reason,
        evidence=" ".join(event.evidence),
        until=event.until,
        imposed_by=recorded.envelope.actor,
        imposed_at=recorded.envelope.occurred_at,
    )


def on_lifted(event: RestrictionLifted, recorded: Recorded, writes: Writes) -> None:
    writes.set(
        RESTRICTIONS,
        (event.kind, event.target_id, event.number),
        lifted_by=recorded.envelope.actor,
        lifted_at=recorded.envelope.occurred_at,
    )


PROJECTOR = Projector(
    name="accounts",
    schema=(files(__package__) / "schema.sql").read_text(),
    tables=(ACCOUNTS, RESTRICTIONS),
    handlers={
        AccountRegistered: on_registered,
        RoleGranted: on_roles,
        RoleRevoked: on_roles,
        FactorAdded: on_added,
        FactorRemoved: on_removed,
        RestrictionImposed: on_imposed,
        RestrictionLifted: on_lifted,
    },
)
