"""Whose an address is. The stream's name is a keyed hash of it: one address, one stream, one owner.

The claim stands in the same append as what it is claimed for: there is no other place that would
have to agree.
"""

from datetime import datetime

from eventstore.events.account import Channel
from eventstore.events.base import Event


def contact_stream(contact: str) -> str:
    return f"contact-{contact}"


class ContactEvent(Event, frozen=True, kw_only=True):
    """`contact` is the address's keyed hash, `contact_id` the row that holds the address."""

    contact: str
    contact_id: str
    account_id: str

    @property
    def stream(self) -> str:
        return contact_stream(self.contact)


class ContactReleased(ContactEvent, frozen=True, kw_only=True, tag="contact.released.v1"):
    """It signs in to its account no more. Until `held_until` nobody else may claim it, and its
    account may take it back.
    """

    held_until: datetime


class ContactRestored(ContactEvent, frozen=True, kw_only=True, tag="contact.restored.v1"):
    """Taken back by its owner."""


class ContactClaimed(ContactEvent, frozen=True, kw_only=True, tag="contact.claimed.v1"):
    channel: Channel
