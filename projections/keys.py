"""By what events belong together, and into which bucket or part a key falls."""

from collections.abc import Callable, Sequence
from zlib import crc32

from eventstore.codec import Recorded


def by_stream(recorded: Recorded) -> str:
    """For models of which no row is touched from two streams."""
    return recorded.stream


def by_field(field: str, prefix: str, *also: str) -> Callable[[Recorded], str]:
    """By an id that events of several streams carry, named like the stream of that id.

    Streams of the categories `also` are named by the same id, perhaps with more after a slash:
    so an event that cannot be read has its key too.
    """

    def key(recorded: Recorded) -> str:
        found = getattr(recorded.event, field, None)
        if found is not None:
            return f"{prefix}-{found}"
        category, _, identity = recorded.stream.partition("-")
        return f"{prefix}-{identity.partition('/')[0]}" if category in also else recorded.stream

    return key


def bucket_of(key: str, buckets: int) -> int:
    """The same in PostgreSQL, ClickHouse and here: CRC-32 of the UTF-8 bytes."""
    return crc32(key.encode()) % buckets


def key_text(key: Sequence[object]) -> str:
    """A row's key as the stores put it into buckets."""
    return "|".join(map(str, key))
