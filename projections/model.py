"""What the runner, the rebuild and the comparison ask of a read model, whatever its store."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import msgspec

from eventstore.codec import Recorded
from projections.checkpoints import Connection
from projections.query import Store

type Row = Mapping[str, object]
type Rows = Mapping[str, Row]


class Digest(msgspec.Struct, frozen=True):
    """What a bucket of rows holds: equal rows give equal digests."""

    rows: int
    checksum: int


class Fold(Protocol):
    """The rows that the log alone gives, kept in memory."""

    def add(self, batch: Sequence[Recorded]) -> None:
        """Raises what the model raises at an event that cannot be applied."""
        ...

    def rows(self, table: str) -> Rows: ...


class Applied(Protocol):
    """What can be kept up with the log: a read model, or one process's part of it.

    `version` changes with what the rows mean or look like. A `money` model stops at an event that
    it cannot apply; any other parks the events of that event's `key`.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> int: ...

    @property
    def money(self) -> bool: ...

    def key(self, recorded: Recorded, /) -> str:
        """Events of one key touch the same rows, and are applied in order."""
        ...

    def owns(self, key: str, /) -> bool:
        """Whether events of that key are its to apply or park; always, but for a part."""
        ...

    def is_transient(self, error: Exception, /) -> bool:
        """Whether the same may succeed later: the store is down, not the event wrong."""
        ...

    def is_fault_of_ours(self, error: Exception, /) -> bool:
        """Whether no event could be applied: a table is missing, a statement is wrong."""
        ...

    async def ensure(self, connection: Connection) -> None:
        """Create what is missing; harmless when it is there."""
        ...

    async def apply(self, connection: Connection, batch: Sequence[Recorded]) -> None:
        """Bring the live model past the batch, inside the transaction of its checkpoint."""
        ...


class Model(Applied, Protocol):
    """A whole read model. The copy is what a rebuild fills beside the live one.

    Rows are put into buckets by the CRC-32 of their key's columns joined with `|`.
    """

    @property
    def store(self) -> Store: ...

    @property
    def tables(self) -> Sequence[str]: ...

    async def begin_copy(self, connection: Connection) -> None:
        """Make an empty copy beside the live one."""
        ...

    async def has_copy(self, connection: Connection) -> bool: ...

    async def apply_copy(self, connection: Connection, batch: Sequence[Recorded]) -> None:
        """Bring the copy past the batch, inside the transaction of its build."""
        ...

    async def digests(
        self, connection: Connection, table: str, buckets: int, *, copy: bool
    ) -> Mapping[int, Digest]:
        """By bucket; empty ones are left out."""
        ...

    async def rows(
        self, connection: Connection, table: str, bucket: int, buckets: int, *, copy: bool
    ) -> Rows:
        """The rows of a bucket by key, their values comparable with those of `fold`."""
        ...

    def fold(self, bucket: int, buckets: int) -> Fold:
        """An empty fold of the rows of one bucket."""
        ...

    async def swap(self, connection: Connection) -> None:
        """Put the copy in the live one's place, inside the transaction of the checkpoint."""
        ...
