"""Whose an address is."""

import msgspec

from commands.stream import Fold
from commands.streams.contact.refusals import ContactTaken
from eventstore.events.base import Event
from eventstore.events.contact import ContactClaimed, contact_stream


class Free(msgspec.Struct, frozen=True, gc=False):
    pass


class Claimed(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    account_id: str
    contact_id: str


type Contact = Free | Claimed

INITIAL = Free()


def evolve(contact: Contact, event: Event) -> Contact:
    match contact, event:
        case Free(), ContactClaimed():
            return Claimed(account_id=event.account_id, contact_id=event.contact_id)
        case _:
            raise AssertionError(f"the log is broken: {event} after {contact}")


def free(contact: Contact) -> None:
    if isinstance(contact, Claimed):
        raise ContactTaken


CONTACT: Fold[Contact] = Fold("contact", contact_stream, INITIAL, evolve)
