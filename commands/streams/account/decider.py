"""Accounts: registered when a contact is confirmed."""

from commands.refusals import NotAllowed, NotYours
from commands.streams.account.messages import (
    AddFactor,
    ChangePassword,
    GrantRole,
    RegisterAccount,
    RemoveFactor,
    ResetPassword,
    RevokeRole,
)
from commands.streams.account.refusals import (
    AccountExists,
    ContactIsOther,
    FactorExists,
    FactorUnknown,
    OwnRoles,
    RoleIsHeld,
    RoleIsNotHeld,
    TooManyFactors,
)
from commands.streams.account.state import Account, Registered, known, shown
from commands.streams.contact.state import Contact, free
from commands.streams.identity.state import Identity, loose
from eventstore.events.account import (
    AccountRegistered,
    FactorAdded,
    FactorRemoved,
    PasswordChanged,
    PasswordReset,
    RoleGranted,
    RoleRevoked,
)
from eventstore.events.base import Event
from eventstore.events.contact import ContactClaimed
from eventstore.events.identity import IdentityLinked
from eventstore.events.session import SessionEnded
from eventstore.identity import STAFF, StaffRole

FACTORS_MAX = 10


def register(
    command: RegisterAccount, account: Account, contact: Contact, identity: Identity | None
) -> list[Event]:
    """`identity` is that of the command, if it names one."""
    _their_own(command)
    if isinstance(account, Registered):
        raise AccountExists(field="account_id")
    free(contact, command.now)
    linked: list[Event] = []
    if command.identity is not None and identity is not None:
        loose(identity, command.account_id)
        new = command.identity
        linked = [
            IdentityLinked(
                identity=new.identity,
                identity_id=new.identity_id,
                account_id=command.account_id,
                provider=new.provider,
            )
        ]
    return [
        AccountRegistered(
            account_id=command.account_id, contact_id=command.contact_id, channel=command.channel
        ),
        ContactClaimed(
            contact=command.contact,
            contact_id=command.contact_id,
            account_id=command.account_id,
            channel=command.channel,
        ),
        *linked,
    ]


def reset_password(command: ResetPassword, account: Account, open_ones: list[str]) -> list[Event]:
    """`open_ones` are those of the command's sessions that are the account's and not ended."""
    _their_own(command)
    registered = shown(account, command.credentials)
    if command.contact_id not in registered.contacts.values():
        raise ContactIsOther
    ended = [
        SessionEnded(session_id=one, account_id=command.account_id, reason="password_reset")
        for one in open_ones
    ]
    return [
        PasswordReset(account_id=command.account_id, contact_id=command.contact_id),
        *ended,
    ]


def change_password(command: ChangePassword, account: Account, open_ones: list[str]) -> list[Event]:
    """`open_ones` are those of the command's sessions that are the account's and not ended."""
    _their_own(command)
    shown(account, command.credentials)
    ended = [
        SessionEnded(session_id=one, account_id=command.account_id, reason="password_changed")
        for one in open_ones
    ]
    return [PasswordChanged(account_id=command.account_id), *ended]


def add_factor(command: AddFactor, account: Account) -> list[Event]:
    _their_own(command)
    factors = known(account).factors
    if command.factor_id in factors:
        raise FactorExists(field="factor_id")
    replaced: list[Event] = []
    if command.instead_of in factors:
        replaced = [FactorRemoved(account_id=command.account_id, factor_id=command.instead_of)]
    elif len(factors) >= FACTORS_MAX:
        raise TooManyFactors
    added = FactorAdded(
        account_id=command.account_id, factor_id=command.factor_id, kind=command.kind
    )
    return [*replaced, added]


def remove_factor(command: RemoveFactor, account: Account) -> list[Event]:
    _their_own(command)
    if command.factor_id not in known(account).factors:
        raise FactorUnknown(field="factor_id")
    return [FactorRemoved(account_id=command.account_id, factor_id=command.factor_id)]


def grant_role(command: GrantRole, account: Account) -> list[Event]:
    """By a superadmin, who is all that there is to grant, or from the command line."""
    before = _staff_of(command, account)
    if command.role in before:
        raise RoleIsHeld(field="role")
    roles: tuple[StaffRole, ...] = tuple(
        role for role in STAFF if role == command.role or role in before
    )
    return [
        RoleGranted(
            account_id=command.account_id,
            role=command.role,
            before=before,
            roles=roles,
            reason=command.reason,
        )
    ]


def revoke_role(command: RevokeRole, account: Account, open_ones: list[str]) -> list[Event]:
    """`open_ones` are those of the command's sessions that are the account's and not ended."""
    before = _staff_of(command, account)
    if command.role not in before:
        raise RoleIsNotHeld(field="role")
    ended = [
        SessionEnded(session_id=one, account_id=command.account_id, reason="role_revoked")
        for one in open_ones
    ]
    return [
        RoleRevoked(
            account_id=command.account_id,
            role=command.role,
            before=before,
            roles=tuple(role for role in before if role != command.role),
            reason=command.reason,
        ),
        *ended,
    ]


def _staff_of(command: GrantRole | RevokeRole, account: Account) -> tuple[StaffRole, ...]:
    if command.by.role not in {"superadmin", "system"}:
        raise NotAllowed
    if command.by.subject == command.account_id:
        raise OwnRoles(field="account_id")
    return known(account).roles


type Own = RegisterAccount | ResetPassword | ChangePassword | AddFactor | RemoveFactor


def _their_own(command: Own) -> None:
    if not command.by.may_act_for_buyer(command.account_id):
        raise NotYours(field="account_id")
