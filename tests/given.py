"""given(events).when(command): the write model without a store, in one sentence."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from commands.command import Actor, Command, Policy
from commands.stream import States
from commands.write_model import HANDLERS, WriteModelFold
from eventstore.events.base import Event

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
OPERATOR = Actor("operator", "olga")
POLICY = Policy()
FOLD = WriteModelFold()


def at(by: Actor = OPERATOR, now: datetime = NOW) -> dict[str, Any]:
    """The fields that every command has."""
    return {"by": by, "now": now, "occurred_at": now}


class World:
    """Streams in memory, folded by the write model's own evolve functions."""

    def __init__(self, events: Iterable[Event] = (), policy: Policy = POLICY) -> None:
        self.history: list[Event] = []
        self.policy = policy
        self._states: dict[str, object] = {}
        for event in events:
            self.append(event)

    def append(self, event: Event) -> None:
        stream = event.stream
        self._states[stream] = FOLD.evolve(self.state(stream), event)
        self.history.append(event)

    def state(self, stream: str, new: bool = False) -> Any:
        return self._states.get(stream, FOLD.initial(stream))

    def decide(self, command: Command) -> list[Event]:
        """The events, appended. Raises the refusal, with nothing appended."""
        events, _ = HANDLERS[type(command)](command, States(self.state), self.policy)
        for event in events:
            self.append(event)
        return events


class Given:
    def __init__(self, events: Iterable[Event]) -> None:
        self._events = list(events)

    def when(self, command: Command) -> list[Event]:
        return World(self._events).decide(command)


def given(*events: Event) -> Given:
    return Given(events)
