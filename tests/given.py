"""given(events).when(command).then(events): the write model without a store, in one sentence."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from commands.command import Actor, Command, Policy
from commands.refusals import Refusal
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


class Said:
    """What the write model said to a command: events, or why not."""

    def __init__(self, events: list[Event], refusal: Refusal | None = None) -> None:
        self._events = events
        self._refusal = refusal

    def then(self, *events: Event) -> None:
        """These events, all of them, as they are and in this order."""
        if self._refusal is not None:
            raise self._refusal
        assert self._events == list(events), self._events

    def refused(
        self, refusal: type[Refusal], field: str | None = None, says: str | None = None
    ) -> None:
        """For this reason exactly, with the input at fault and with its own words or these."""
        assert self._refusal is not None, self._events
        found = (type(self._refusal), self._refusal.field, str(self._refusal))
        assert found == (refusal, field, says or refusal.message), found


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

    def when(self, command: Command) -> Said:
        """What would be said to it now: nothing is appended."""
        try:
            events, _ = HANDLERS[type(command)](command, States(self.state), self.policy)
        except Refusal as refusal:
            return Said([], refusal)
        return Said(events)


def given(*events: Event) -> World:
    return World(events)
