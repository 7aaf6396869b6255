"""PostgreSQL binary array parameters dumped whole, not element by element.

A batch carries thousands of elements; psycopg's own list dumper spends as long on them as the
database spends on the append. Importing this module teaches psycopg the types.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from struct import pack

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

TEXT, BYTEA, INT8, TIMESTAMPTZ = 25, 17, 20, 1184
NULL = b"\xff\xff\xff\xff"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class BinaryArray:
    """A one-dimensional array in PostgreSQL's binary form; None is NULL."""

    __slots__ = ("data",)
    element_oid = 0

    def __init__(self, elements: Sequence[bytes | None]) -> None:
        if not elements:
            self.data = pack("!iiI", 0, 0, self.element_oid)
            return
        parts = [b""]
        nulls = 0
        for element in elements:
            if element is None:
                nulls = 1
                parts.append(NULL)
            else:
                parts.append(len(element).to_bytes(4, "big"))
                parts.append(element)
        parts[0] = pack("!iiIii", 1, nulls, self.element_oid, len(elements), 1)
        self.data = b"".join(parts)


class ByteaArray(BinaryArray):
    element_oid = BYTEA


class TextArray(BinaryArray):
    element_oid = TEXT

    def __init__(self, elements: Sequence[str | None]) -> None:
        super().__init__([None if text is None else text.encode() for text in elements])


class Int8Array(BinaryArray):
    element_oid = INT8

    def __init__(self, elements: Sequence[int | None]) -> None:
        if not elements or None in elements:
            super().__init__([None if n is None else pack("!q", n) for n in elements])
            return
        head = pack("!iiIii", 1, 0, self.element_oid, len(elements), 1)
        sized: list[int | None] = [8] * (2 * len(elements))
        sized[1::2] = elements
        self.data = head + pack("!" + "iq" * len(elements), *sized)


class TimestampArray(Int8Array):
    """Times with a zone, to the microsecond."""

    element_oid = TIMESTAMPTZ

    def __init__(self, elements: Sequence[datetime | None]) -> None:
        super().__init__([None if at is None else (at - EPOCH) // MICROSECOND for at in elements])


class _BinaryArrayDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: BinaryArray) -> bytes:
        return obj.data


class _TextArrayDumper(_BinaryArrayDumper):
    oid = 1009


class _ByteaArrayDumper(_BinaryArrayDumper):
    oid = 1001


class _Int8ArrayDumper(_BinaryArrayDumper):
    oid = 1016


class _TimestampArrayDumper(_BinaryArrayDumper):
    oid = 1185


psycopg.adapters.register_dumper(TextArray, _TextArrayDumper)
psycopg.adapters.register_dumper(ByteaArray, _ByteaArrayDumper)
psycopg.adapters.register_dumper(Int8Array, _Int8ArrayDumper)
psycopg.adapters.register_dumper(TimestampArray, _TimestampArrayDumper)

__all__ = ["BinaryArray", "ByteaArray", "Int8Array", "TextArray", "TimestampArray"]
