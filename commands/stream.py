"""What the write side must know of a stream: how it folds, and what can be asked of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec

from commands.command import Answer, Command, Policy
from eventstore.events.base import Event
from eventstore.heads import Read


class Fold[S](msgspec.Struct, frozen=True):
    """How the streams of a category are named and folded into states.

    `category` stands in front of the stream's name and of its events' stored names.
    """

    category: str
    name: Callable[..., str]
    initial: S
    evolve: Callable[[S, Event], S]


class States:
    """The states that a decision rests on: its read set, which the append verifies."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def of[S](self, fold: Fold[S], *ids: str, new: bool = False) -> S:
        """The state by the ids that name its stream; `new` expects the stream to be empty."""
        return cast(S, self._read(fold.name(*ids), new))


type Decision = tuple[list[Event], Answer]
type Handler = Callable[[Any, States, Policy], Decision]
type Reads = Callable[[Any], Sequence[str]]


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the write model.

    A handler is pure and synchronous: it gathers states, asks the decider and says what to answer.
    `reads` are the streams that a command will surely read: they are loaded together.
    """

    fold: Fold[Any]
    handlers: Mapping[type[Command], Handler] = {}
    reads: Mapping[type[Command], Reads] = {}


def only[E: Event](events: Iterable[Event], kind: type[E]) -> E:
    return next(event for event in events if isinstance(event, kind))


def has(events: Iterable[Event], kind: type[Event]) -> bool:
    return any(isinstance(event, kind) for event in events)
