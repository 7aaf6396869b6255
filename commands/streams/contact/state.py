"""Whose an address is."""

from datetime import datetime

import msgspec

from commands.stream import Fold
from commands.streams.contact.refusals import ContactTaken
from eventstore.events.base import Event
from eventstore.events.contact import (
    ContactClaimed,
    ContactReleased,
    ContactRestored,
    contact_stream,
)


class Free(msgspec.Struct, frozen=True, gc=False):
    pass


class Claimed(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    account_id: str
    contact_id: str


class Released(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Nobody else's until `held_until`."""

    account_id: str
    contact_id: str
    held_until: datetime


type Contact = Free | Claimed | Released

INITIAL = Free()


def evolve(contact: Contact, event: Event) -> Contact:
    match contact, event:
        case Free() | Released(), ContactClaimed():
            return Claimed(account_id=event.account_id, contact_id=event.contact_id)
        case Claimed(), ContactReleased() if _same(contact, event):
            return Released(
                account_id=event.account_id,
                contact_id=event.contact_id,
                held_until=event.held_until,
            )
        case Released(), ContactRestored() if _same(contact, event):
            return Claimed(account_id=event.account_id, contact_id=event.contact_id)
        case _:
            raise AssertionError(f"the log is broken: {event} after {contact}")


def _same(contact: Claimed | Released, event: ContactReleased | ContactRestored) -> bool:
    theirs = (contact.account_id, contact.contact_id)
    return theirs == (event.account_id, event.contact_id)


def is_free(contact: Contact, now: datetime) -> bool:
    """Whether somebody may claim it. One that is held is its old owner's only to take back."""
    match contact:
        case Free():
            return True
        case Claimed():
            return False
        case Released():
            return now >= contact.held_until


def free(contact: Contact, now: datetime) -> None:
    if not is_free(contact, now):
        raise ContactTaken


CONTACT: Fold[Contact] = Fold("contact", contact_stream, INITIAL, evolve)
