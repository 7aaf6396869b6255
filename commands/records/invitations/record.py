"""Invitations, as the write side knows them."""

from commands.records.invitations.queries import erase, expire
from commands.records.record import Record

RECORD = Record(name="invitations", erase=erase, expire=expire)
