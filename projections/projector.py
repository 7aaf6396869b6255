"""What a PostgreSQL read model is: a name, tables, and a table of handlers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from eventstore.codec import Recorded
from eventstore.events.base import Event
from projections.tables import Writes

type Handler = Callable[[Any, Recorded, Writes], None]


class Projector(msgspec.Struct, frozen=True, kw_only=True):
    """`name` names schema, checkpoint and command line; `schema` holds its unqualified DDL.

    `handlers` write for the event types that matter; `every`, if given, sees all events first.
    """

    name: str
    schema: str
    handlers: Mapping[type[Event], Handler]
    every: Handler | None = None
    money: bool = False

    def project(self, batch: Sequence[Recorded]) -> Writes:
        """Pure: the changes that bring the model past the batch."""
        writes = Writes()
        for recorded in batch:
            if self.every:
                self.every(recorded.event, recorded, writes)
            handler = self.handlers.get(type(recorded.event))
            if handler:
                handler(recorded.event, recorded, writes)
        return writes
