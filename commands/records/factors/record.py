"""Factors, as the write side knows them."""

from commands.records.factors.queries import erase, expire
from commands.records.record import Record

RECORD = Record(name="factors", erase=erase, expire=expire)
