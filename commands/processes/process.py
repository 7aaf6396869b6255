"""The shape of a process manager: a pure fold of events that asks for commands."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from commands.processes.reactions import Reaction
from eventstore.codec import Recorded
from eventstore.events.base import Event


class NoState(msgspec.Struct, frozen=True, gc=False):
    """For processes that need to remember nothing."""


class Process[S](Protocol):
    """`name` is permanent: state, deadlines and command ids are kept under it."""

    name: str
    state_type: type[S]

    def interested(self, event: Event) -> str | None:
        """The instance that the event belongs to, None for events that do not matter."""
        ...

    def evolve(self, state: S, event: Event) -> S: ...

    def react(self, state: S, recorded: Recorded) -> Sequence[Reaction]:
        """What to ask for after `evolve`. Any number of deliveries gives the same."""
        ...
