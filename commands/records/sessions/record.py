"""Sessions, as the write side knows them."""

from commands.records.record import Record
from commands.records.sessions.queries import erase, expire

RECORD = Record(name="sessions", erase=erase, expire=expire)
