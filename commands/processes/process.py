"""The shape of a process manager: a pure fold of events that asks for commands."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Literal

import msgspec

from commands.command import Command, Policy
from commands.processes.reactions import Reaction
from eventstore.codec import Recorded
from eventstore.events.base import Event


class NoState(msgspec.Struct, frozen=True, gc=False):
    """For processes that need to remember nothing."""


class Process[S: msgspec.Struct]:
    """`name` is permanent: state, deadlines and command ids are kept under it.

    `start` is where one begins that is new to a log: at its `beginning`, or at what comes `now`.
    """

    name: ClassVar[str]
    state_type: type[S]
    start: ClassVar[Literal["beginning", "now"]] = "beginning"

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def interested(self, event: Event) -> str | None:
        """The instance that the event belongs to, None for events that do not matter."""
        raise TypeError(f"{self.name} does not say which events matter to it: {event}")

    def evolve(self, state: S, event: Event) -> S:  # noqa: ARG002 - one that remembers nothing
        return state

    def react(self, state: S, recorded: Recorded) -> Sequence[Reaction]:
        """What to ask for after `evolve`. Any number of deliveries gives the same."""
        raise TypeError(f"{self.name} does not say what follows from {recorded} after {state}")

    def due(self, instance: str, due_at: datetime) -> Command:
        """What to ask for when the deadline of this name, which it has set, has come."""
        raise TypeError(f"{self.name} sets no deadline such as {instance} at {due_at}")
