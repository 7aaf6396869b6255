"""Invitations of sellers, as the write side knows them."""

from commands.records.record import Record
from commands.records.seller_invitations.queries import erase, expire

RECORD = Record(name="seller_invitations", erase=erase, expire=expire)
