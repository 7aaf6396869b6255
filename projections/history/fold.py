"""Folds events in memory with the projectors of the read models."""

from collections.abc import Mapping, Sequence
from typing import Any

from eventstore.codec import Recorded
from eventstore.unreadable import EventUnreadable, Unreadable
from projections.read_models import POSTGRES
from projections.stores.postgresql.memory import MemoryTables
from projections.stores.postgresql.projector import Projector
from projections.stores.postgresql.tables import TwiceInserted

STATES = tuple(projector for projector in POSTGRES if projector.of_streams)


def fold(projectors: Sequence[Projector], events: Sequence[Recorded]) -> dict[str, MemoryTables]:
    """The rows of each read model that these events alone give, in the order of the log.

    Business time may leave out what a later event rests on: such an event changes nothing. An
    event that cannot be read is passed over; the raw trail shows it.
    """
    folded: dict[str, MemoryTables] = {}
    for projector in projectors:
        tables = folded[projector.name] = MemoryTables(projector.tables)
        for recorded in events:
            if isinstance(recorded.event, Unreadable):
                continue
            try:
                tables.apply(projector.project([recorded]))
            except (EventUnreadable, TwiceInserted):
                continue
    return folded


def rows_by_model(events: Sequence[Recorded]) -> dict[str, dict[str, list[Mapping[str, Any]]]]:
    """What the events make of each read model: rows by model and table, empty ones left out."""
    state: dict[str, dict[str, list[Mapping[str, Any]]]] = {}
    for projector in STATES:
        tables = fold([projector], events)[projector.name]
        rows = {table.name: list(tables.rows(table.name).values()) for table in projector.tables}
        found = {name: held for name, held in rows.items() if held}
        if found:
            state[projector.name] = found
    return state
