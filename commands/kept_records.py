"""All that is written but never logged, a line each."""

from commands.records.record import Record
from commands.records.subject_keys.record import RECORD as SUBJECT_KEYS

RECORDS: tuple[Record, ...] = (SUBJECT_KEYS,)
