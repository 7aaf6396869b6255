"""All that is written but never logged, a line each."""

from commands.records.record import Record

RECORDS: tuple[Record, ...] = ()
