"""Folded states of hot streams, ahead of the log by what waits to be committed."""

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from typing import Protocol

import msgspec

from eventstore.events.base import Event

HEADS_MAX = 20_000
# Of events as they are stored; a state takes about three times as much.
HEADS_BYTES_MAX = 24 * 1024 * 1024


type Read = Callable[[str, bool], object]
"""The state of a stream; with True an unknown stream is taken to be empty."""


class Fold(Protocol):
    """How the write model folds events into states, by stream category."""

    def initial(self, stream: str) -> object: ...

    def evolve(self, state: object, event: Event) -> object: ...


class Head(msgspec.Struct, frozen=True, gc=False):
    """The state after `version` events. Version 0 is a stream without events.

    `weight` is the size of its largest event: states grow with what one event brings, not with
    how many there were.
    """

    version: int
    state: object
    weight: int = 0


class NotLoaded(Exception):
    """A decision needs a stream that is not in memory: load it and decide again."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.stream = stream


class Heads:
    """A least-recently-used map of stream to head, bounded by entries and by their weight."""

    def __init__(self, heads_max: int = HEADS_MAX, bytes_max: int = HEADS_BYTES_MAX) -> None:
        self._heads: dict[str, Head] = {}
        self._heads_max = heads_max
        self._bytes_max = bytes_max
        self._weight = 0

    def __contains__(self, stream: str) -> bool:
        return stream in self._heads

    def __len__(self) -> int:
        return len(self._heads)

    def get(self, stream: str) -> Head | None:
        head = self._heads.pop(stream, None)
        if head is not None:
            self._heads[stream] = head
        return head

    def peek(self, stream: str) -> Head | None:
        """Without counting as a use."""
        return self._heads.get(stream)

    def put(self, stream: str, head: Head) -> None:
        before = self._heads.pop(stream, None)
        self._weight += head.weight if before is None else head.weight - before.weight
        self._heads[stream] = head

    @property
    def overfull(self) -> bool:
        return len(self._heads) > self._heads_max or self._weight > self._bytes_max

    def trim(self, kept: Collection[str]) -> None:
        """Forget the least recently used, but none that a waiting command rests on.

        A sixteenth more than must be, so that not every commit has to trim.
        """
        surplus = len(self._heads) - self._heads_max + self._heads_max // 16
        unused = (stream for stream in self._heads if stream not in kept)
        if len(self._heads) > self._heads_max:
            self.drop(list(islice(unused, max(surplus, 0))))
        heavy = self._weight - self._bytes_max + self._bytes_max // 16
        if self._weight > self._bytes_max:
            self.drop(list(self._weighing(heavy, kept)))

    def _weighing(self, heavy: int, kept: Collection[str]) -> Iterator[str]:
        """The least recently used that weigh so much together."""
        for stream, head in self._heads.items():
            if heavy <= 0:
                return
            if stream not in kept:
                heavy -= head.weight
                yield stream

    def drop(self, streams: Iterable[str]) -> None:
        for stream in streams:
            head = self._heads.pop(stream, None)
            if head is not None:
                self._weight -= head.weight

    def clear(self) -> None:
        self._heads.clear()
        self._weight = 0
