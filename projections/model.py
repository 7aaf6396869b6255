"""What the runner and the rebuild ask of a read model, whatever store it lives in."""

from collections.abc import Sequence
from typing import Protocol

from eventstore.codec import Recorded
from projections.checkpoints import Connection


class Model(Protocol):
    """A read model with its checkpoint. `next` stands for the copy that a rebuild fills."""

    name: str

    async def ensure(self, connection: Connection) -> None:
        """Create what is missing; harmless when it is there."""
        ...

    async def apply(self, connection: Connection, batch: Sequence[Recorded]) -> None:
        """Bring the live model past the batch, inside the transaction of its checkpoint."""
        ...

    async def begin_next(self, connection: Connection) -> None:
        """Make an empty copy beside the live one."""
        ...

    async def apply_next(self, connection: Connection, batch: Sequence[Recorded]) -> None:
        """Bring the copy past the batch."""
        ...

    async def swap(self, connection: Connection, to: int) -> dict[str, tuple[int, int]]:
        """Put the copy, which has seen all up to `to`, in the live one's place.

        Answers the row counts of the old and the new one, by table.
        """
        ...
