"""Rebuilds a read model from the log beside the live one and swaps them."""

from collections.abc import Callable

import msgspec

from eventstore import reader
from projections import checkpoints
from projections.checkpoints import Connection
from projections.model import Model

PAGE = 2_000


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """`rows` are the counts of the live and of the rebuilt tables just before the swap."""

    name: str
    position: int
    rows: dict[str, tuple[int, int]]


async def rebuild(
    connection: Connection, model: Model, progress: Callable[[int, int], None]
) -> Rebuilt:
    """Replay the log into a copy, catch up, and put it in the live one's place.

    Reads go on meanwhile. Nothing but the copy is written: a rebuild has no outside effect.
    """
    await checkpoints.create(connection)
    await model.ensure(connection)
    await model.begin_next(connection)
    position = await _replay(connection, model, 0, progress)
    async with connection.transaction():
        # The live model stands still while its checkpoint is locked: the last stretch is short.
        live = await checkpoints.read(connection, model.name, lock=True)
        position = await _replay(connection, model, position, progress, max(live, position))
        rows = await model.swap(connection, position)
    return Rebuilt(name=model.name, position=position, rows=rows)


async def _replay(
    connection: Connection,
    model: Model,
    position: int,
    progress: Callable[[int, int], None],
    upto: int = reader.RANGE_MAX,
) -> int:
    while position < upto:
        rows = await reader.rows_after(connection, position, upto, PAGE)
        if not rows:
            break
        await model.apply_next(connection, [row.decode() for row in rows])
        position = rows[-1].position
        progress(position, await reader.head(connection))
    return position
