"""What a command handler is: states in, events and an answer out."""

from collections.abc import Callable, Iterable
from typing import Any

from commands.command import Policy
from commands.states import States
from eventstore.events.base import Event

type Answer = dict[str, object]
type Decision = tuple[list[Event], Answer]
type Handler = Callable[[Any, States, Policy], Decision]


def only[E: Event](events: Iterable[Event], kind: type[E]) -> E:
    return next(event for event in events if isinstance(event, kind))


def has(events: Iterable[Event], kind: type[Event]) -> bool:
    return any(isinstance(event, kind) for event in events)
