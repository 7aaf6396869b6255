"""Whose an address is, as the log says now: no copy of it could be behind."""

from commands.records.record import Connection
from commands.streams.contact.state import CONTACT, INITIAL, Claimed, Contact
from eventstore.events.contact import contact_stream
from eventstore.reader import stream_rows


async def owner_of(connection: Connection, contact: str) -> Claimed | None:
    """By the address's keyed hash; None if nobody has confirmed it."""
    state: Contact = INITIAL
    for row in await stream_rows(connection, contact_stream(contact)):
        state = CONTACT.evolve(state, row.decode().event)
    return state if isinstance(state, Claimed) else None
