"""Challenges, as the write side knows them."""

from commands.records.challenges.queries import erase, expire
from commands.records.record import Record

RECORD = Record(name="challenges", erase=erase, expire=expire)
