"""What can be asked of an account's stream."""

from datetime import datetime

import msgspec

from commands.command import Answer, Command
from eventstore.events.account import Channel, FactorKind
from eventstore.identity import StaffRole


class NewIdentity(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """At a provider, by its keyed hash."""

    identity: str
    identity_id: str
    provider: str


class RegisterAccount(Command, frozen=True, kw_only=True):
    """The contact has been shown to be theirs. `contact` is its address's keyed hash.

    `identity` is what they came with, who have no password.
    """

    account_id: str
    contact: str
    contact_id: str
    channel: Channel
    identity: NewIdentity | None = None


class ResetPassword(Command, frozen=True, kw_only=True):
    """`sessions` are those that are known to be open: they end with it. `credentials` is which of
    the account's passwords the code was asked for.
    """

    account_id: str
    contact_id: str
    credentials: int
    sessions: tuple[str, ...]


class ChangePassword(Command, frozen=True, kw_only=True):
    """The one of the number `credentials` was shown. `sessions` are all that are open but the one
    that asks: they end with it.
    """

    account_id: str
    credentials: int
    sessions: tuple[str, ...]


class Telling(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A contact that is told of it, in the same append."""

    notice_id: str
    contact_id: str
    channel: Channel
    provider: str


class ChangeContact(Command, frozen=True, kw_only=True):
    """Both ends were shown. `contact` and `before` are keyed hashes; "" where it is the first of
    its channel. `tell` is all that the account has so far.
    """

    account_id: str
    change_id: str
    channel: Channel
    contact: str
    contact_id: str
    before: str
    undo_until: datetime
    tell: tuple[Telling, ...] = ()


class UndoContactChange(Command, frozen=True, kw_only=True):
    """By who reads what the account had before. `contacts` are the keyed hashes of that and of all
    that it has now, `identities` those that were linked since; `sessions` are all that are known to
    be open.
    """

    account_id: str
    change_id: str
    contacts: tuple[str, ...]
    identities: tuple[str, ...]
    sessions: tuple[str, ...]


class BeginRecovery(Command, frozen=True, kw_only=True):
    """The password of the number `credentials` was shown, and every contact."""

    account_id: str
    recovery_id: str
    credentials: int
    due_at: datetime


class ApproveRecovery(Command, frozen=True, kw_only=True):
    account_id: str
    recovery_id: str


class CancelRecovery(Command, frozen=True, kw_only=True):
    account_id: str
    recovery_id: str


class FinishRecovery(Command, frozen=True, kw_only=True):
    """The wait is over."""

    account_id: str
    recovery_id: str


class RecoveryAnswer(Answer, frozen=True, kw_only=True):
    """`due_at`: from then on the lost factors are asked for no more."""

    account_id: str
    recovery_id: str
    due_at: datetime
    approvals: int = 0


class ContactAnswer(Answer, frozen=True, kw_only=True):
    contact_id: str


class AddFactor(Command, frozen=True, kw_only=True):
    """It has been shown to work. `instead_of` is one that it replaces, if any."""

    account_id: str
    factor_id: str
    kind: FactorKind
    instead_of: str = ""


class RemoveFactor(Command, frozen=True, kw_only=True):
    account_id: str
    factor_id: str


class GrantRole(Command, frozen=True, kw_only=True):
    account_id: str
    role: StaffRole
    reason: str


class RevokeRole(Command, frozen=True, kw_only=True):
    """`sessions` are those of staff that are known to be open: they end with it."""

    account_id: str
    role: StaffRole
    reason: str
    sessions: tuple[str, ...]


class RolesAnswer(Answer, frozen=True, kw_only=True):
    """What the account is of staff now."""

    account_id: str
    roles: tuple[StaffRole, ...]


class FactorAnswer(Answer, frozen=True, kw_only=True):
    factor_id: str


class PasswordAnswer(Answer, frozen=True, kw_only=True):
    """`credentials` is the new password's number."""

    account_id: str
    credentials: int


class AccountAnswer(Answer, frozen=True, kw_only=True):
    account_id: str
