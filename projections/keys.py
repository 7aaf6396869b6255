"""By what events belong together, and into which bucket or part a key falls."""

from collections.abc import Callable
from zlib import crc32

from eventstore.codec import Recorded


def by_stream(recorded: Recorded) -> str:
    """For models of which no row is touched from two streams."""
    return recorded.stream


def by_field(field: str, prefix: str) -> Callable[[Recorded], str]:
    """By an id that events of several streams carry, named like the stream of that id."""

    def key(recorded: Recorded) -> str:
        found = getattr(recorded.event, field, None)
        return recorded.stream if found is None else f"{prefix}-{found}"

    return key


def bucket_of(key: str, buckets: int) -> int:
    """The same in PostgreSQL, ClickHouse and here: CRC-32 of the UTF-8 bytes."""
    return crc32(key.encode()) % buckets
