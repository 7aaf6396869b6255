"""What others have appended, and how a state in memory is advanced by it."""

import contextlib

import msgspec

from eventstore.codec import decode_state
from eventstore.heads import Fold, Head


class Foreign(msgspec.Struct, frozen=True, gc=False):
    """An event that somebody else has appended; a stream's first comes without its state."""

    stream: str
    version: int
    name: str
    state: bytes | None


def advanced(head: Head, event: Foreign, fold: Fold) -> Head | None:
    """The head past the event; the same if it has it already, None if it must be loaded."""
    if event.version <= head.version:
        return head
    if event.state is not None and event.version == head.version + 1:
        # What cannot be folded here is loaded, and fails, where it is needed.
        with contextlib.suppress(Exception):
            fact = decode_state(event.name, event.state).data
            weight = max(head.weight, len(event.state))
            return Head(event.version, fold.evolve(head.state, fact), weight)
    return None
