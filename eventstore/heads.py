"""Folded states of hot streams, ahead of the log by what waits to be committed."""

from collections.abc import Collection, Iterable
from itertools import islice
from typing import Protocol

import msgspec

from eventstore.events.base import Event

HEADS_MAX = 20_000


class Fold(Protocol):
    """How the write model folds events into states, by stream category."""

    def initial(self, stream: str) -> object: ...

    def evolve(self, state: object, event: Event) -> object: ...


class Head(msgspec.Struct, frozen=True, gc=False):
    """The state after `version` events. Version 0 is a stream without events."""

    version: int
    state: object


class NotLoaded(Exception):
    """A decision needs a stream that is not in memory: load it and decide again."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.stream = stream


class Heads:
    """A least-recently-used map of stream to head, of at most `heads_max` entries."""

    def __init__(self, heads_max: int = HEADS_MAX) -> None:
        self._heads: dict[str, Head] = {}
        self._heads_max = heads_max

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
        self._heads.pop(stream, None)
        self._heads[stream] = head

    @property
    def overfull(self) -> bool:
        return len(self._heads) > self._heads_max

    def trim(self, kept: Collection[str]) -> None:
        """Forget the least recently used, but none that a waiting command rests on.

        A sixteenth more than must be, so that not every commit has to trim.
        """
        surplus = len(self._heads) - self._heads_max + self._heads_max // 16
        unused = (stream for stream in self._heads if stream not in kept)
        self.drop(list(islice(unused, max(surplus, 0))))

    def drop(self, streams: Iterable[str]) -> None:
        for stream in streams:
            self._heads.pop(stream, None)

    def clear(self) -> None:
        self._heads.clear()
