"""Whether something outside speaks of this log: an event at a position is there, and the same.

A log that was restored to an older state ends earlier, or goes on differently. Positions alone do
not tell: the new events soon pass the old ones. So the event itself is compared. It carries the
command's id and the time of recording: two histories do not have the same one twice. And as a log
only grows, two that agree at one position agree up to it.
"""

from eventstore import reader
from eventstore.reader import Connection, StoredRow

DO = "it was restored to an older state. Run './deploy/market restored'"


class OlderLog(RuntimeError):
    """The log was restored to an older state; the message says where it differs."""


async def has(connection: Connection, row: StoredRow) -> bool:
    """Whether the log has this very event: what is stored of it, byte by byte."""
    found = await reader.rows_at(connection, [row.position])
    return [there.state for there in found] == [row.state]


async def check(connection: Connection, row: StoredRow, whose: str) -> None:
    """Raises `OlderLog` if the log has not the event that `whose` last one is."""
    if not await has(connection, row):
        head = await reader.head(connection)
        raise OlderLog(
            f"the log, which ends at {head}, has not the event at position {row.position} that"
            f" {whose} has: {DO}"
        )
