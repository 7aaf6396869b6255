"""An attempt is recorded once."""

import msgspec

from commands.stream import Fold
from eventstore.events.attempt import AttemptRefused, attempt_stream
from eventstore.events.base import Event


class Attempt(msgspec.Struct, frozen=True, gc=False):
    recorded: bool = False


def evolve(attempt: Attempt, event: Event) -> Attempt:
    match attempt, event:
        case Attempt(recorded=False), AttemptRefused():
            return Attempt(recorded=True)
        case _:
            raise AssertionError(f"the log is broken: {event} after {attempt}")


ATTEMPT: Fold[Attempt] = Fold("attempt", attempt_stream, Attempt(), evolve)
