"""Subjects' keys, as the write side knows them."""

from commands.records.record import Record
from eventstore.vault import erase

RECORD = Record(name="subject_keys", erase=erase)
