"""Waits of who has lost the second factors."""

from commands.records.record import Record
from commands.records.recoveries.queries import erase, expire

RECORD = Record(name="recoveries", erase=erase, expire=expire)
