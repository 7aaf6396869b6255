"""Rows of a report as CSV: a header of field names, then one line a row."""

import csv
import io
from collections.abc import Sequence

import msgspec

MEDIA_TYPE = "text/csv"
# A spreadsheet would run a cell that begins like this.
FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def csv_of(rows: Sequence[msgspec.Struct], row: type[msgspec.Struct]) -> str:
    """With CRLF line ends, as RFC 4180 has them."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(row.__struct_fields__)
    for item in rows:
        writer.writerow([_cell(value) for value in msgspec.structs.astuple(item)])
    return text.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(FORMULAS):
        return f"'{value}"
    return value
