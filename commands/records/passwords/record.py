"""Passwords, as the write side knows them."""

from commands.records.passwords.queries import erase, expire
from commands.records.record import Record

RECORD = Record(name="passwords", erase=erase, expire=expire)
