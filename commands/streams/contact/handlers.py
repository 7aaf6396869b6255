"""Claims are made by what they are for: nothing is asked of a contact alone."""

from commands.stream import Stream
from commands.streams.contact.state import CONTACT

STREAM = Stream(fold=CONTACT)
