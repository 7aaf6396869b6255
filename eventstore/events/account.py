"""Facts about accounts: a person who can sign in. No address and no secret stands in them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from eventstore.events.base import Event
from eventstore.identity import StaffRole

type Channel = Literal["email", "phone"]
type FactorKind = Literal["totp", "recovery_codes", "passkey"]


def account_stream(account_id: str) -> str:
    return f"account-{account_id}"


class AccountEvent(Event, frozen=True, kw_only=True):
    account_id: str

    @property
    def stream(self) -> str:
        return account_stream(self.account_id)


class AccountRegistered(AccountEvent, frozen=True, kw_only=True, tag="account.registered.v1"):
    """Somebody has shown that the contact is theirs. Before that there is no account."""

    contact_id: str
    channel: Channel


class PasswordReset(AccountEvent, frozen=True, kw_only=True, tag="account.password_reset.v1"):
    """By a code to a confirmed contact. The sessions of before end with it."""

    contact_id: str


class PasswordChanged(AccountEvent, frozen=True, kw_only=True, tag="account.password_changed.v1"):
    """By who has shown the one before. All other sessions end with it."""


class ContactChanged(AccountEvent, frozen=True, kw_only=True, tag="account.contact_changed.v1"):
    """Confirmed on both ends; `before` is what it takes the place of, none for the first of a
    channel. From what the account had before it can be undone until `undo_until`.
    """

    change_id: str
    contact_id: str
    channel: Channel
    before: str | None
    undo_until: datetime


class ContactChangeUndone(
    AccountEvent, frozen=True, kw_only=True, tag="account.contact_change_undone.v1"
):
    """By who reads what the account had before: its contacts are `contacts` again. The password of
    meanwhile is void, and all sessions end.
    """

    change_id: str
    contacts: Mapping[Channel, str]


class RecoveryBegun(AccountEvent, frozen=True, kw_only=True, tag="account.recovery_begun.v1"):
    """By who has shown the password and reads every contact, and has lost all second factors.
    Until `due_at` anybody who reads a contact or is signed in can stop it.
    """

    recovery_id: str
    due_at: datetime


class RecoveryApproved(AccountEvent, frozen=True, kw_only=True, tag="account.recovery_approved.v1"):
    """Of somebody of staff, by another superadmin: two are needed."""

    recovery_id: str
    approver: str
    before: tuple[str, ...]


class RecoveryCancelled(
    AccountEvent, frozen=True, kw_only=True, tag="account.recovery_cancelled.v1"
):
    recovery_id: str


class Recovered(AccountEvent, frozen=True, kw_only=True, tag="account.recovered.v1"):
    """The wait is over: the second factors that were lost are removed with it."""

    recovery_id: str


class RoleGranted(AccountEvent, frozen=True, kw_only=True, tag="account.role_granted.v1"):
    """`roles` is what the account is of staff after it, `before` what it was."""

    role: StaffRole
    before: tuple[StaffRole, ...]
    roles: tuple[StaffRole, ...]
    reason: str


class RoleRevoked(AccountEvent, frozen=True, kw_only=True, tag="account.role_revoked.v1"):
    """The sessions of staff end with it."""

    role: StaffRole
    before: tuple[StaffRole, ...]
    roles: tuple[StaffRole, ...]
    reason: str


class FactorAdded(AccountEvent, frozen=True, kw_only=True, tag="account.factor_added.v1"):
    """A second factor that was shown to work. What it is checked by is in a table, sealed."""

    factor_id: str
    kind: FactorKind


class FactorRemoved(AccountEvent, frozen=True, kw_only=True, tag="account.factor_removed.v1"):
    factor_id: str
