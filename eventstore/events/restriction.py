"""Who may not go on as before, why, until when; and that it is over."""

from datetime import datetime
from typing import Literal

from eventstore.events.base import Event
from eventstore.personal import Sealed

type Kind = Literal["account", "seller"]
type Reason = Literal["fraud", "abuse", "counterfeit", "complaints", "law", "other"]


def restriction_stream(kind: Kind, target_id: str) -> str:
    return f"restriction-{kind}-{target_id}"


class RestrictionEvent(Event, frozen=True, kw_only=True):
    """`number` counts the target's restrictions: the history of what it has done."""

    kind: Kind
    target_id: str
    number: int

    @property
    def stream(self) -> str:
        return restriction_stream(self.kind, self.target_id)


class RestrictionImposed(RestrictionEvent, frozen=True, kw_only=True, tag="restriction.imposed.v1"):
    """`text` is what the target is told, sealed for it; `evidence` names orders, refunds and the
    like. Without `until` it ends when somebody lifts it.
    """

    reason: Reason
    text: Sealed
    evidence: tuple[str, ...]
    until: datetime | None


class RestrictionLifted(RestrictionEvent, frozen=True, kw_only=True, tag="restriction.lifted.v1"):
    """`by_time`: its period is over, and nobody had to do anything."""

    by_time: bool
    text: Sealed
