"""What a PostgreSQL read model is: a name, tables, and a table of handlers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.unreadable import Unreadable, is_readable
from projections.keys import by_stream
from projections.query import Store
from projections.stores.postgresql.tables import Table, Writes

type Handler = Callable[[Any, Recorded, Writes], None]


class Explained(msgspec.Struct, frozen=True):
    """The table whose numbers `/v1/explain` can explain, and what the trail calls its subjects."""

    table: Table
    target: str


class Projector(msgspec.Struct, frozen=True, kw_only=True):
    """`name` names schema, checkpoint and command line; `schema` holds its unqualified DDL.

    `handlers` write for the event types that matter; `every`, if given, sees all events first.
    Whoever changes what the rows mean or look like raises `version`: the model is then rebuilt.
    Events of one `key` touch the same rows; several processes may share a model (`shared`) unless
    some of its rows are touched by events of all keys. `of_streams`: the rows are the state that a
    stream's events make, and are shown with it.
    """

    name: str
    version: int = 1
    schema: str
    tables: tuple[Table, ...]
    handlers: Mapping[type[Event], Handler]
    every: Handler | None = None
    key: Callable[[Recorded], str] = by_stream
    money: bool = False
    shared: bool = True
    of_streams: bool = True
    explained: Explained | None = None
    store: Store = "postgresql"

    def project(self, batch: Sequence[Recorded]) -> Writes:
        """Pure: the changes that bring the model past the batch. Raises `EventUnreadable`."""
        writes = Writes()
        for recorded in batch:
            event = recorded.event
            if type(event) is Unreadable and not is_readable(recorded, self._concerned):
                continue
            if self.every:
                self.every(event, recorded, writes)
            handler = self.handlers.get(type(event))
            if handler:
                handler(event, recorded, writes)
        return writes

    @property
    def _concerned(self) -> Mapping[type[Event], Handler] | None:
        return None if self.every else self.handlers


def step(table: Table, status: str, *fields: str, ended: bool = True, **fixed: object) -> Handler:
    """Sets the status of the row that the event's ids name, with fields that have the same name.

    With `ended` it is the last step for now, at the event's business time.
    """

    def on_event(event: Any, recorded: Recorded, writes: Writes) -> None:
        values = {name: getattr(event, name) for name in fields} | fixed
        if ended:
            values["ended_at"] = recorded.envelope.occurred_at
        key = tuple(getattr(event, name) for name in table.key)
        writes.set(table, key, status=status, **values)

    return on_event
