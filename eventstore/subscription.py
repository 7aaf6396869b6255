"""A place in the log: batches in position order, gaps filled from PostgreSQL."""

import asyncio
import logging
from collections.abc import Callable

from eventstore import likeness, reader
from eventstore.consumer import FETCH_MAX, Source
from eventstore.likeness import DO, OlderLog
from eventstore.reader import RANGE_MAX, Connection, StoredRow

log = logging.getLogger(__name__)


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
        self._checked = False
        self.gaps_filled = 0

    async def next_after(self, position: int, limit: int = FETCH_MAX) -> list[StoredRow]:
        """The next rows after `position`; an empty list when nothing came for a while.

        A quiet bus is checked against the log: what was acknowledged and then not applied, or
        never relayed, is found there. So is what the bus has of another log than this: its last
        row must be in the log, and then all before it are. Raises `OlderLog` for a position that
        the log has not reached.
        """
        if not self._checked:
            await self._check(position)
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._next_at - loop.time()))
        rows = reader.within(await self._source.take(position, limit))
        # Full batches mean that there is more: then the pace is the reader's own.
        self._next_at = loop.time() + (self._pace_s if len(rows) < limit else 0.0)
        if not rows:
            return await self._from_log(position, limit)
        last = max(row.position for row in rows)
        expected = range(position + 1, position + 1 + len(rows))
        if [row.position for row in rows] == list(expected):
            if await likeness.has(self._connection(), rows[-1]):
                return rows
            log.error("the bus carries events up to %d that the log has not", last)
            return await self._from_log(position, limit)
        # Where all that the bus delivers has been passed, the log knows more at once.
        return await self._from_log(position, limit, last if last > position else RANGE_MAX)

    async def _from_log(self, position: int, limit: int, upto: int = RANGE_MAX) -> list[StoredRow]:
        """A page at most: a reader that has stood still may be millions behind."""
        rows = await reader.rows_after(self._connection(), position, upto, limit)
        self.gaps_filled += len(rows)
        if len(rows) == limit:
            self._next_at = 0.0
        return rows

    async def _check(self, position: int) -> None:
        """Once, as a position does not leave the log under a connection that stays."""
        head = await reader.head(self._connection())
        if position > head:
            raise OlderLog(f"the reader is at {position}, and the log ends at {head}: {DO}")
        self._checked = True
