"""A place in the log: batches in position order, gaps filled from PostgreSQL."""

import asyncio
from collections.abc import Callable

from eventstore import reader
from eventstore.consumer import FETCH_MAX, Source
from eventstore.reader import Connection, StoredRow


class Subscription:
    """The reader's own checkpoint is the truth.

    The bus wakes and carries the events; whatever it does not have, or delivers out of order, is
    read from the log. `gaps_filled` counts the events that came from there.
    With `pace_s` batches come at most that often: a busy log gives fuller batches.
    """

    def __init__(
        self, source: Source, connection: Callable[[], Connection], pace_s: float = 0.0
    ) -> None:
        self._source = source
        self._pace_s = pace_s
        self._next_at = 0.0
        self._connection = connection
        self.gaps_filled = 0

    async def next_after(self, position: int, limit: int = FETCH_MAX) -> list[StoredRow]:
        """The next rows after `position`; an empty list when nothing came for a while.

        A quiet bus is checked against the log: what was acknowledged and then not applied, or
        never relayed, is found there.
        """
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._next_at - loop.time()))
        rows = reader.within(await self._source.take(position, limit))
        # Full batches mean that there is more: then the pace is the reader's own.
        self._next_at = loop.time() + (self._pace_s if len(rows) < limit else 0.0)
        if not rows:
            rows = await reader.rows_after(self._connection(), position, limit=limit)
            self.gaps_filled += len(rows)
            return rows
        last = max(row.position for row in rows)
        expected = range(position + 1, position + 1 + len(rows))
        if [row.position for row in rows] == list(expected):
            return rows
        return await self._from_log(position, last, limit)

    async def _from_log(self, position: int, last: int, limit: int) -> list[StoredRow]:
        """A page at most: a reader that has stood still may be millions behind."""
        if last <= position:
            return []  # Delivered again.
        rows = await reader.rows_after(self._connection(), position, last, limit)
        self.gaps_filled += len(rows)
        if len(rows) == limit:
            self._next_at = 0.0
        return rows
