"""Contacts, as the write side knows them."""

from commands.records.contacts.queries import erase, expire
from commands.records.record import Record

RECORD = Record(name="contacts", erase=erase, expire=expire)
