"""Events that this build cannot decode, kept as what they are instead of stopping their reader."""

from collections.abc import Container
from datetime import UTC, datetime

import msgspec

from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.reader import StoredRow
from eventstore.registry import REGISTRY
from eventstore.upcasters import UnknownStoredName
from eventstore.values import Envelope

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_ENVELOPES = msgspec.json.Decoder(Envelope)


class Unreadable(Event, frozen=True, kw_only=True, tag="unreadable"):
    """Stands where an event of an unknown name or of another shape is."""

    reason: str
    text: str


class EventUnreadable(ValueError):
    """A reader that the event may concern cannot go past it."""


def decode_or_mark(row: StoredRow) -> Recorded:
    """The event, or `Unreadable` in its place, with the envelope if that can be read."""
    try:
        return row.decode()
    except (msgspec.MsgspecError, UnknownStoredName, ValueError) as error:
        reason = f"{type(error).__name__}: {error}"
    text = row.state.decode("utf-8", "replace")
    return Recorded(
        position=row.position,
        stream=row.stream,
        version=row.version,
        name=row.name,
        envelope=_envelope(row.state),
        event=Unreadable(reason=reason, text=text),
    )


def _envelope(state: bytes) -> Envelope:
    try:
        return _ENVELOPES.decode(state)
    except (msgspec.MsgspecError, ValueError):
        return Envelope(
            occurred_at=NEVER,
            recorded_at=NEVER,
            actor="",
            command_id="",
            correlation_id="",
            causation_id="",
        )


def is_readable(recorded: Recorded, concerned: Container[type[Event]] | None) -> bool:
    """Whether a reader can look at the event; False if it may pass over it unread.

    `concerned` are the types that matter to the reader, None for all. An unknown name may be of
    any type. Raises `EventUnreadable`.
    """
    event = recorded.event
    if not isinstance(event, Unreadable):
        return True
    known = REGISTRY.get(recorded.name)
    if concerned is None or known is None or known in concerned:
        raise EventUnreadable(f"{recorded.name} cannot be read: {event.reason}")
    return False
