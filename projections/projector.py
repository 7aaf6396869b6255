"""What a PostgreSQL read model is: a name, tables, and a table of handlers."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from eventstore.codec import Recorded
from eventstore.events.base import Event

type Row = Sequence[object]


class Writes:
    """Statements in order; the same statement in a row is sent as one."""

    def __init__(self) -> None:
        self.groups: list[tuple[str, list[Row]]] = []

    def add(self, statement: str, *row: object) -> None:
        if self.groups and self.groups[-1][0] is statement:
            self.groups[-1][1].append(row)
        else:
            self.groups.append((statement, [row]))


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

    @property
    def wants(self) -> frozenset[type[Event]] | None:
        """The event types to decode, None for all."""
        return None if self.every else frozenset(self.handlers)

    def project(self, batch: Sequence[Recorded]) -> Writes:
        """Pure: the statements that bring the model past the batch."""
        writes = Writes()
        for recorded in batch:
            if self.every:
                self.every(recorded.event, recorded, writes)
            handler = self.handlers.get(type(recorded.event))
            if handler:
                handler(recorded.event, recorded, writes)
        return writes
