"""Brings a target past a batch: events that cannot be applied are found and set aside."""

from collections.abc import Sequence
from typing import Protocol

from eventstore.codec import Recorded
from projections.checkpoints import CheckpointMoved, Connection


class Target(Protocol):
    """A live model or a copy: rows, a position, and events that wait."""

    async def move(self, connection: Connection, batch: Sequence[Recorded]) -> None:
        """Rows and position together, or neither."""
        ...

    async def set_aside(self, connection: Connection, bad: Recorded, error: Exception) -> None:
        """Park the event and go past it, or stop before it. Raises `Stopped`."""
        ...

    def is_transient(self, error: Exception) -> bool: ...


class Stopped(RuntimeError):
    """The model stands still before an event that it cannot apply."""


async def advance(connection: Connection, target: Target, batch: Sequence[Recorded]) -> None:
    """Halve a batch that fails until the event at fault is alone; what can be applied is.

    Raises `Stopped`, `CheckpointMoved` and whatever is transient.
    """
    try:
        await target.move(connection, batch)
    except (CheckpointMoved, Stopped):
        raise
    except Exception as error:
        if target.is_transient(error):
            raise
        if len(batch) == 1:
            await target.set_aside(connection, batch[0], error)
            return
    else:
        return
    middle = len(batch) // 2
    await advance(connection, target, batch[:middle])
    await advance(connection, target, batch[middle:])
