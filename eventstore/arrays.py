"""PostgreSQL binary array parameters dumped whole, not element by element.

A batch carries thousands of elements; psycopg's own list dumper spends as long on them as the
database spends on the append.
"""

from collections.abc import Sequence
from struct import pack

from psycopg.adapt import AdaptersMap, Dumper
from psycopg.pq import Format

TEXT, BYTEA, INT8 = 25, 17, 20


class BinaryArray:
    """A one-dimensional array without NULLs in PostgreSQL's binary form."""

    __slots__ = ("data",)
    element_oid = 0

    def __init__(self, elements: Sequence[bytes]) -> None:
        if not elements:
            self.data = pack("!iiI", 0, 0, self.element_oid)
            return
        parts = [pack("!iiIii", 1, 0, self.element_oid, len(elements), 1)]
        for element in elements:
            parts.append(len(element).to_bytes(4, "big"))
            parts.append(element)
        self.data = b"".join(parts)


class ByteaArray(BinaryArray):
    element_oid = BYTEA


class TextArray(BinaryArray):
    element_oid = TEXT

    def __init__(self, elements: Sequence[str]) -> None:
        super().__init__([element.encode() for element in elements])


class Int8Array(BinaryArray):
    element_oid = INT8

    def __init__(self, elements: Sequence[int]) -> None:
        if not elements:
            super().__init__(())
            return
        head = pack("!iiIii", 1, 0, self.element_oid, len(elements), 1)
        sized = [8] * (2 * len(elements))
        sized[1::2] = elements
        self.data = head + pack("!" + "iq" * len(elements), *sized)


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


def register(adapters: AdaptersMap) -> None:
    """Teach a connection's adapters the three array types."""
    adapters.register_dumper(TextArray, _TextArrayDumper)
    adapters.register_dumper(ByteaArray, _ByteaArrayDumper)
    adapters.register_dumper(Int8Array, _Int8ArrayDumper)


__all__ = ["ByteaArray", "Int8Array", "TextArray", "register"]
