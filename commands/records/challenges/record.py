"""Challenges, as the write side knows them."""

from commands.records.challenges.queries import erase
from commands.records.record import Record

RECORD = Record(name="challenges", erase=erase)
