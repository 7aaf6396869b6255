"""What an account remembers, and what others ask of it."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from commands.stream import Fold
from commands.streams.account.refusals import AccountUnknown, PasswordWasReset
from eventstore.events.account import (
    AccountRegistered,
    Channel,
    ContactChanged,
    ContactChangeUndone,
    FactorAdded,
    FactorRemoved,
    PasswordChanged,
    PasswordReset,
    Recovered,
    RecoveryApproved,
    RecoveryBegun,
    RecoveryCancelled,
    RoleGranted,
    RoleRevoked,
    account_stream,
)
from eventstore.events.base import Event
from eventstore.identity import StaffRole


class Unregistered(msgspec.Struct, frozen=True, gc=False):
    pass


class Change(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A contact that was changed or added, and what the account had before: contacts by channel,
    and factors.
    """

    change_id: str
    undo_until: datetime
    contacts: Mapping[Channel, str]
    factors: tuple[str, ...]


class Recovery(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A wait of who has lost all factors; `approvals` are superadmins, where it takes them."""

    recovery_id: str
    due_at: datetime
    approvals: tuple[str, ...] = ()


class Registered(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """`credentials` counts the passwords that it has had: what one of before has shown is void.
    `factors` are the ids of its second factors, `roles` what it is of staff, `contacts` the ids of
    its contacts by channel, `changes` what may be undone, the oldest first, `recovery` a wait of
    who has lost the factors.
    """

    contacts: Mapping[Channel, str] = {}
    changes: tuple[Change, ...] = ()
    recovery: Recovery | None = None

    credentials: int = 1
    factors: tuple[str, ...] = ()
    roles: tuple[StaffRole, ...] = ()


type Account = Unregistered | Registered

INITIAL = Unregistered()
CHANGES_MAX = 5


def evolve(account: Account, event: Event) -> Account:
    match account, event:
        case Unregistered(), AccountRegistered():
            return Registered(contacts={event.channel: event.contact_id})
        case Registered(), ContactChanged():
            return _changed(account, event)
        case Registered(), ContactChangeUndone():
            return _undone(account, event)
        case Registered(), PasswordReset() | PasswordChanged():
            return msgspec.structs.replace(account, credentials=account.credentials + 1)
        case Registered(), RecoveryBegun() | RecoveryApproved() | RecoveryCancelled() | Recovered():
            return msgspec.structs.replace(account, recovery=_recovering(account.recovery, event))
        case Registered(), RoleGranted() | RoleRevoked() if event.before == account.roles:
            return msgspec.structs.replace(account, roles=event.roles)
        case Registered(), FactorAdded() if event.factor_id not in account.factors:
            return msgspec.structs.replace(account, factors=(*account.factors, event.factor_id))
        case Registered(), FactorRemoved() if event.factor_id in account.factors:
            left = tuple(one for one in account.factors if one != event.factor_id)
            return msgspec.structs.replace(account, factors=left)
        case _:
            raise AssertionError(f"the log is broken: {event} after {account}")


def _recovering(
    recovery: Recovery | None,
    event: RecoveryBegun | RecoveryApproved | RecoveryCancelled | Recovered,
) -> Recovery | None:
    match recovery, event:
        case None, RecoveryBegun():
            return Recovery(recovery_id=event.recovery_id, due_at=event.due_at)
        case Recovery(), RecoveryApproved() if event.before == recovery.approvals:
            approvals = (*recovery.approvals, event.approver)
            return msgspec.structs.replace(recovery, approvals=approvals)
        case Recovery(), RecoveryCancelled() | Recovered():
            return None
        case _:
            raise AssertionError(f"the log is broken: {event} after {recovery}")


def _changed(account: Registered, event: ContactChanged) -> Registered:
    change = Change(
        change_id=event.change_id,
        undo_until=event.undo_until,
        contacts=account.contacts,
        factors=account.factors,
    )
    changes = (*account.changes, change)[-CHANGES_MAX:]
    contacts = {**account.contacts, event.channel: event.contact_id}
    return msgspec.structs.replace(account, contacts=contacts, changes=changes)


def _undone(account: Registered, event: ContactChangeUndone) -> Registered:
    """What came after it can be undone no more: that was not its owner."""
    ids = [one.change_id for one in account.changes]
    left = ids.index(event.change_id) if event.change_id in ids else len(ids)
    return msgspec.structs.replace(
        account,
        credentials=account.credentials + 1,
        contacts=event.contacts,
        changes=account.changes[:left],
    )


def known(account: Account, field: str = "account_id") -> Registered:
    if isinstance(account, Unregistered):
        raise AccountUnknown(field=field)
    return account


def shown(account: Account, credentials: int) -> Registered:
    """The account, if what it has been signed in with still counts."""
    registered = known(account)
    if registered.credentials != credentials:
        raise PasswordWasReset
    return registered


ACCOUNT: Fold[Account] = Fold("account", account_stream, INITIAL, evolve)
