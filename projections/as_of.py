"""Which part of the log an answer about the past rests on."""

from datetime import datetime

import msgspec

from eventstore.codec import Recorded

EVERYTHING = 2**62


class NotAMoment(ValueError):
    """The text is neither a log position nor a time with its zone."""

    def __init__(self) -> None:
        super().__init__("must be a log position or an ISO 8601 time with its zone")


class AsOf(msgspec.Struct, frozen=True, kw_only=True):
    """What was true up to `position` and the business time `at`, as far as it was known.

    Known is what stood in the log up to `known_position` and had been recorded by `known_at`.
    """

    position: int = EVERYTHING
    at: datetime | None = None
    known_position: int = EVERYTHING
    known_at: datetime | None = None

    @property
    def upto(self) -> int:
        return min(self.position, self.known_position)

    def holds(self, recorded: Recorded) -> bool:
        envelope = recorded.envelope
        return (
            recorded.position <= self.upto
            and (self.at is None or envelope.occurred_at <= self.at)
            and (self.known_at is None or envelope.recorded_at <= self.known_at)
        )


def moment(text: str | None) -> tuple[int, datetime | None]:
    """A position and a time, of which one is given. Raises `NotAMoment`."""
    if text is None:
        return EVERYTHING, None
    if text.isascii() and text.isdecimal():
        return min(int(text), EVERYTHING), None
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotAMoment from error
    if at.tzinfo is None:
        raise NotAMoment
    return EVERYTHING, at


def as_of(true: str | None, known: str | None) -> AsOf:
    """Of two texts. A time of `true` is business time, one of `known` recording time."""
    position, at = moment(true)
    known_position, known_at = moment(known)
    return AsOf(position=position, at=at, known_position=known_position, known_at=known_at)
