"""Pincodes, as the write side knows them."""

from commands.records.pincodes.queries import erase

from commands.records.record import Record

RECORD = Record(name="pincodes", erase=erase)
