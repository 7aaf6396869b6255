"""What an account remembers, and what others ask of it."""

import msgspec

from commands.stream import Fold
from commands.streams.account.refusals import AccountUnknown, PasswordWasReset
from eventstore.events.account import (
    AccountRegistered,
    FactorAdded,
    FactorRemoved,
    PasswordChanged,
    PasswordReset,
    RoleGranted,
    RoleRevoked,
    account_stream,
)
from eventstore.events.base import Event
from eventstore.identity import StaffRole


class Unregistered(msgspec.Struct, frozen=True, gc=False):
    pass


class Registered(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """`credentials` counts the passwords that it has had: what one of before has shown is void.
    `factors` are the ids of its second factors, `roles` what it is of staff.
    """

    credentials: int = 1
    factors: tuple[str, ...] = ()
    roles: tuple[StaffRole, ...] = ()


type Account = Unregistered | Registered

INITIAL = Unregistered()


def evolve(account: Account, event: Event) -> Account:
    match account, event:
        case Unregistered(), AccountRegistered():
            return Registered()
        case Registered(), PasswordReset() | PasswordChanged():
            return msgspec.structs.replace(account, credentials=account.credentials + 1)
        case Registered(), RoleGranted() | RoleRevoked() if event.before == account.roles:
            return msgspec.structs.replace(account, roles=event.roles)
        case Registered(), FactorAdded() if event.factor_id not in account.factors:
            return msgspec.structs.replace(account, factors=(*account.factors, event.factor_id))
        case Registered(), FactorRemoved() if event.factor_id in account.factors:
            left = tuple(one for one in account.factors if one != event.factor_id)
            return msgspec.structs.replace(account, factors=left)
        case _:
            raise AssertionError(f"the log is broken: {event} after {account}")


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
