"""Lift a restriction when its period is over."""

from collections.abc import Sequence
from datetime import datetime

from commands.command import Actor
from commands.processes.process import NoState, Process
from commands.processes.reactions import Reaction, Schedule, Unschedule
from commands.streams.restriction.messages import LiftRestriction
from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.events.restriction import Kind, RestrictionImposed, RestrictionLifted


class LiftRestrictionWhenOver(Process[NoState]):
    name = "lift-restriction-when-over"
    state_type = NoState

    def interested(self, event: Event) -> str | None:
        match event:
            case RestrictionImposed() | RestrictionLifted():
                return _instance(event)
            case _:
                return None

    def react(self, state: NoState, recorded: Recorded) -> Sequence[Reaction]:  # noqa: ARG002
        match recorded.event:
            case RestrictionImposed(until=datetime() as until) as event:
                return [Schedule(_instance(event), until)]
            case RestrictionLifted() as event:
                return [Unschedule(_instance(event))]
            case _:
                return []

    def due(self, instance: str, due_at: datetime) -> LiftRestriction:
        kind, number, target_id = instance.split("/", 2)
        kinds: dict[str, Kind] = {"account": "account", "seller": "seller"}
        return LiftRestriction(
            by=Actor("system", self.name),
            now=due_at,
            occurred_at=due_at,
            kind=kinds[kind],
            target_id=target_id,
            number=int(number),
        )


def _instance(event: RestrictionImposed | RestrictionLifted) -> str:
    return f"{event.kind}/{event.number}/{event.target_id}"
