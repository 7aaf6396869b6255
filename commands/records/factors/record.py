"""Factors, as the write side knows them."""

from commands.records.factors.queries import erase
from commands.records.record import Record

RECORD = Record(name="factors", erase=erase)
