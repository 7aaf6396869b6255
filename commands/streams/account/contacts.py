"""Contacts of an account: changed when both ends were shown, and had back by the old one's owner.

Whoever takes an account over gives it a contact of his own. For a week what it had before says more
than he does: it takes the account back, and all that was added to it since is gone.
"""

from collections.abc import Iterator, Mapping

from commands.refusals import NotYours
from commands.streams.account.messages import ChangeContact, UndoContactChange
from commands.streams.account.refusals import ChangeUnknown, ContactIsOther, TooManyChanges
from commands.streams.account.state import CHANGES_MAX, Account, Change, Registered, known
from commands.streams.contact.state import Claimed, Contact, Released, free
from commands.streams.identity.state import Identity, Linked
from eventstore.events.account import ContactChanged, ContactChangeUndone, FactorRemoved
from eventstore.events.base import Event
from eventstore.events.contact import ContactClaimed, ContactReleased, ContactRestored
from eventstore.events.identity import IdentityUnlinked
from eventstore.events.notice import NoticeRequested
from eventstore.events.session import SessionEnded


def change(
    command: ChangeContact, account: Account, contact: Contact, before: Contact | None
) -> list[Event]:
    """`before` is what the account has of that channel, if anything."""
    _their_own(command)
    registered = known(account)
    old = before if isinstance(before, Claimed) else None
    if registered.contacts.get(command.channel) != (old.contact_id if old else None):
        raise ContactIsOther
    free(contact, command.now)
    if sum(one.undo_until > command.now for one in registered.changes) >= CHANGES_MAX:
        raise TooManyChanges
    changed = ContactChanged(
        account_id=command.account_id,
        change_id=command.change_id,
        contact_id=command.contact_id,
        channel=command.channel,
        before=old.contact_id if old else None,
        undo_until=command.undo_until,
    )
    claimed = ContactClaimed(
        contact=command.contact,
        contact_id=command.contact_id,
        account_id=command.account_id,
        channel=command.channel,
    )
    return [changed, claimed, *_released(command, old), *_told(command)]


def undo(
    command: UndoContactChange,
    account: Account,
    contacts: Mapping[str, Contact],
    identities: Mapping[str, Identity],
    open_ones: list[str],
) -> list[Event]:
    """`contacts` and `identities` by their keyed hashes; `open_ones` are those of the command's
    sessions that are the account's and not ended.
    """
    _their_own(command)
    registered = known(account)
    found = _open_change(registered, command)
    moved = list(_moved(command, registered, found, contacts))
    undone = ContactChangeUndone(
        account_id=command.account_id, change_id=command.change_id, contacts=found.contacts
    )
    gone = _taken_away(command.account_id, registered, found, identities)
    ended = [
        SessionEnded(session_id=one, account_id=command.account_id, reason="contact_restored")
        for one in open_ones
    ]
    return [undone, *moved, *gone, *ended]


def _moved(
    command: UndoContactChange,
    account: Registered,
    change: Change,
    contacts: Mapping[str, Contact],
) -> Iterator[Event]:
    """What it had is the account's again, what it has else is free; all of it must be named."""
    wanted, has = set(change.contacts.values()), set(account.contacts.values())
    seen: set[str] = set()
    for name, contact in contacts.items():
        match contact:
            case Released(contact_id=one) if one in wanted - has:
                seen.add(one)
                yield ContactRestored(contact=name, contact_id=one, account_id=command.account_id)
            case Claimed(contact_id=one) if one in has - wanted:
                seen.add(one)
                yield ContactReleased(
                    contact=name,
                    contact_id=one,
                    account_id=command.account_id,
                    held_until=command.now,
                )
            case _:
                pass
    if seen != wanted ^ has:
        raise ContactIsOther


def _taken_away(
    account_id: str, account: Registered, change: Change, identities: Mapping[str, Identity]
) -> Iterator[Event]:
    """Factors and identities that were added since."""
    for factor_id in account.factors:
        if factor_id not in change.factors:
            yield FactorRemoved(account_id=account_id, factor_id=factor_id)
    for name, identity in identities.items():
        if isinstance(identity, Linked) and identity.account_id == account_id:
            yield IdentityUnlinked(
                identity=name, identity_id=identity.identity_id, account_id=account_id
            )


def _released(command: ChangeContact, old: Claimed | None) -> Iterator[Event]:
    if old is not None:
        yield ContactReleased(
            contact=command.before,
            contact_id=old.contact_id,
            account_id=command.account_id,
            held_until=command.undo_until,
        )


def _told(command: ChangeContact) -> Iterator[Event]:
    for one in command.tell:
        yield NoticeRequested(
            notice_id=one.notice_id,
            contact_id=one.contact_id,
            channel=one.channel,
            provider=one.provider,
            template="contact_changed",
            expires_at=None,
        )


def _open_change(account: Registered, command: UndoContactChange) -> Change:
    for one in account.changes:
        if one.change_id == command.change_id and command.now < one.undo_until:
            return one
    raise ChangeUnknown(field="token")


def _their_own(command: ChangeContact | UndoContactChange) -> None:
    if not command.by.may_act_for_buyer(command.account_id):
        raise NotYours(field="account_id")
