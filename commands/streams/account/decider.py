"""Accounts: registered when a contact is confirmed."""

from commands.refusals import NotYours
from commands.streams.account.messages import (
    AddFactor,
    RegisterAccount,
    RemoveFactor,
    ResetPassword,
)
from commands.streams.account.refusals import (
    AccountExists,
    FactorExists,
    FactorUnknown,
    TooManyFactors,
)
from commands.streams.account.state import Account, Registered, known
from commands.streams.contact.state import Contact, free
from eventstore.events.account import (
    AccountRegistered,
    FactorAdded,
    FactorRemoved,
    PasswordReset,
)
from eventstore.events.base import Event
from eventstore.events.contact import ContactClaimed
from eventstore.events.session import SessionEnded

FACTORS_MAX = 10


def register(command: RegisterAccount, account: Account, contact: Contact) -> list[Event]:
    _their_own(command)
    if isinstance(account, Registered):
        raise AccountExists(field="account_id")
    free(contact)
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
    ]


def reset_password(command: ResetPassword, account: Account, open_ones: list[str]) -> list[Event]:
    """`open_ones` are those of the command's sessions that are the account's and not ended."""
    _their_own(command)
    known(account)
    ended = [
        SessionEnded(session_id=one, account_id=command.account_id, reason="password_reset")
        for one in open_ones
    ]
    return [
        PasswordReset(account_id=command.account_id, contact_id=command.contact_id),
        *ended,
    ]


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


def _their_own(command: RegisterAccount | ResetPassword | AddFactor | RemoveFactor) -> None:
    if not command.by.may_act_for_buyer(command.account_id):
        raise NotYours(field="account_id")
