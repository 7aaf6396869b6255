"""Identities at providers, as the write side knows them."""

from commands.records.identities.queries import erase, expire
from commands.records.record import Record

RECORD = Record(name="identities", erase=erase, expire=expire)
