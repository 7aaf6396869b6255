"""What is known of a target's restrictions."""

import msgspec

from commands.stream import Fold
from eventstore.events.base import Event
from eventstore.events.restriction import (
    RestrictionImposed,
    RestrictionLifted,
    restriction_stream,
)


class Restriction(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """`number` counts all that there were; `imposed` is whether the last one stands."""

    number: int = 0
    imposed: bool = False


INITIAL = Restriction()


def evolve(restriction: Restriction, event: Event) -> Restriction:
    match event:
        case RestrictionImposed(number=number) if (
            not restriction.imposed and number == restriction.number + 1
        ):
            return Restriction(number=number, imposed=True)
        case RestrictionLifted(number=number) if (
            restriction.imposed and number == restriction.number
        ):
            return Restriction(number=number)
        case _:
            raise AssertionError(f"the log is broken: {event} after {restriction}")


RESTRICTION: Fold[Restriction] = Fold("restriction", restriction_stream, INITIAL, evolve)
