"""A read model shared by several processes: each applies the keys of its part, in order."""

import re
from collections.abc import Sequence

from eventstore import reader
from eventstore.codec import Recorded
from eventstore.unreadable import decode_or_mark
from projections import checkpoints
from projections.checkpoints import Connection, NoCheckpoint, Standing
from projections.keys import bucket_of
from projections.model import Applied
from projections.running import parking

PARTS_MAX = 64
NAME = re.compile(r"(?P<model>[^/]+)/(?P<part>\d+)-(?P<parts>\d+)")


class NotSplit(RuntimeError):
    """The model is not divided into that many parts."""


def part_name(model: str, part: int, parts: int) -> str:
    return f"{model}/{part}-{parts}"


class PartOf:
    """The share of one process. Its checkpoint is its own; the model's is the least of them."""

    def __init__(self, model: Applied, part: int, parts: int) -> None:
        self.name = part_name(model.name, part, parts)
        self.version = model.version
        self.money = model.money
        self.key = model.key
        self.is_transient = model.is_transient
        self.is_fault_of_ours = model.is_fault_of_ours
        self._model = model
        self._part = part
        self._parts = parts

    def owns(self, key: str) -> bool:
        return bucket_of(key, self._parts) == self._part

    async def ensure(self, connection: Connection) -> None:
        """Raises `NotSplit`: `split` first, all parts at once."""
        if self.name not in await checkpoints.standings(connection, [self.name]):
            raise NotSplit(f"{self._model.name} is not split in {self._parts}")

    async def apply(self, connection: Connection, batch: Sequence[Recorded]) -> None:
        ours = [recorded for recorded in batch if self.owns(self.key(recorded))]
        if ours:
            await self._model.apply(connection, ours)


async def split(connection: Connection, model: Applied, parts: int) -> int:
    """Divide a model anew, 1 for whole again; the position of all parts.

    Parts that are behind are brought up to the foremost first. Who projects by the old division
    finds its checkpoint gone and stands still.
    """
    async with connection.transaction():
        standings = await checkpoints.of_model(connection, model.name, lock=True)
        to = await align(connection, model, standings)
        names = [part_name(model.name, part, parts) for part in range(parts)]
        names = names if parts > 1 else [model.name]
        await checkpoints.replace(connection, model.name, names, to, standings)
    return to


async def align(connection: Connection, model: Applied, standings: Sequence[Standing]) -> int:
    """Bring every part to the foremost one's position; inside a transaction that holds them."""
    if not standings:
        raise NoCheckpoint(f"{model.name} has not begun: start its projectors first.")
    to = max(standing.position for standing in standings)
    for standing in standings:
        found = NAME.fullmatch(standing.name)
        if found is None or standing.position == to:
            continue
        part = PartOf(model, int(found["part"]), int(found["parts"]))
        await _bring(connection, part, standing.position, to)
        await checkpoints.put_all(connection, [standing.name], to)
    return to


async def _bring(connection: Connection, part: PartOf, position: int, to: int) -> None:
    owner = checkpoints.model_of(part.name)
    waiting = await parking.keys(connection, owner)
    while position < to:
        rows = await reader.rows_after(connection, position, to)
        if not rows:
            return
        free: list[Recorded] = []
        for recorded in map(decode_or_mark, rows):
            key = part.key(recorded)
            if key not in waiting and recorded.stream not in waiting:
                free.append(recorded)
            elif part.owns(key):
                waits_for = key if key in waiting else recorded.stream
                await parking.park(connection, owner, waits_for, recorded, None)
        await part.apply(connection, free)
        position = rows[-1].position
