"""Contacts of an account: changed when both ends were shown, and had back by the old one's owner.

Whoever takes an account over gives it a contact of his own. For a week the old one says more than
he does: it takes the account back, with all that was added to it since.
"""

from collections.abc import Iterator

from commands.refusals import NotYours
from commands.streams.account.messages import ChangeContact, UndoContactChange
from commands.streams.account.refusals import ChangeUnknown, ContactIsOther, TooManyChanges
from commands.streams.account.state import CHANGES_MAX, Account, Change, Registered, known
from commands.streams.contact.state import Claimed, Contact, Released, free
from eventstore.events.account import ContactChanged, ContactChangeUndone, FactorRemoved
from eventstore.events.base import Event
from eventstore.events.contact import ContactClaimed, ContactReleased, ContactRestored
from eventstore.events.session import SessionEnded


def change(
    command: ChangeContact, account: Account, contact: Contact, before: Contact | None
) -> list[Event]:
    """`before` is what the account has of that channel, if anything."""
    _their_own(command)
    registered = known(account)
    _is_current(registered, command, before)
    free(contact, command.now)
    open_ones = [one for one in registered.changes if one.undo_until > command.now]
    if before is not None and len(open_ones) >= CHANGES_MAX:
        raise TooManyChanges
    claimed = ContactClaimed(
        contact=command.contact,
        contact_id=command.contact_id,
        account_id=command.account_id,
        channel=command.channel,
    )
    changed = ContactChanged(
        account_id=command.account_id,
        change_id=command.change_id,
        contact_id=command.contact_id,
        channel=command.channel,
        before=before.contact_id if isinstance(before, Claimed) else None,
        undo_until=command.undo_until,
    )
    if not isinstance(before, Claimed):
        return [changed, claimed]
    released = ContactReleased(
        contact=command.before,
        contact_id=before.contact_id,
        account_id=command.account_id,
        held_until=command.undo_until,
    )
    return [changed, claimed, released]


def undo(
    command: UndoContactChange,
    account: Account,
    old: Contact,
    current: Contact,
    open_ones: list[str],
) -> list[Event]:
    """`open_ones` are those of the command's sessions that are the account's and not ended."""
    _their_own(command)
    registered = known(account)
    found = _open_change(registered, command)
    if not isinstance(old, Released) or old.contact_id != found.before:
        raise ChangeUnknown(field="token")
    if not isinstance(current, Claimed) or current.contact_id != registered.contacts[found.channel]:
        raise ContactIsOther
    return [
        ContactChangeUndone(
            account_id=command.account_id,
            change_id=command.change_id,
            contact_id=old.contact_id,
            channel=found.channel,
            before=current.contact_id,
        ),
        ContactRestored(
            contact=command.contact, contact_id=old.contact_id, account_id=command.account_id
        ),
        ContactReleased(
            contact=command.current,
            contact_id=current.contact_id,
            account_id=command.account_id,
            held_until=command.now,
        ),
        *_taken_away(command.account_id, registered, found, open_ones),
    ]


def _taken_away(
    account_id: str, account: Registered, change: Change, open_ones: list[str]
) -> Iterator[Event]:
    """Factors that were added since, and sessions."""
    for factor_id in account.factors:
        if factor_id not in change.factors:
            yield FactorRemoved(account_id=account_id, factor_id=factor_id)
    for session_id in open_ones:
        yield SessionEnded(session_id=session_id, account_id=account_id, reason="contact_restored")


def _is_current(account: Registered, command: ChangeContact, before: Contact | None) -> None:
    current = account.contacts.get(command.channel)
    shown = before.contact_id if isinstance(before, Claimed) else None
    if current != shown:
        raise ContactIsOther


def _open_change(account: Registered, command: UndoContactChange) -> Change:
    for one in account.changes:
        if one.change_id == command.change_id and command.now < one.undo_until:
            return one
    raise ChangeUnknown(field="token")


def _their_own(command: ChangeContact | UndoContactChange) -> None:
    if not command.by.may_act_for_buyer(command.account_id):
        raise NotYours(field="account_id")
