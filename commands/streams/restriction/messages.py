"""What can be asked of a restriction's stream."""

from datetime import datetime

from commands.command import Answer, Command
from eventstore.events.restriction import Kind, Reason
from eventstore.personal import Sealed


class ImposeRestriction(Command, frozen=True, kw_only=True):
    """`sessions` are those of an account that are known to be open: they end with it."""

    kind: Kind
    target_id: str
    reason: Reason
    text: Sealed
    evidence: tuple[str, ...] = ()
    until: datetime | None = None
    sessions: tuple[str, ...] = ()

    @property
    def sealed_for(self) -> str:
        return self.target_id


class LiftRestriction(Command, frozen=True, kw_only=True):
    """With a `number` only that one: its period is over, if there is none after it."""

    kind: Kind
    target_id: str
    text: Sealed = ""
    number: int | None = None

    @property
    def sealed_for(self) -> str:
        return self.target_id


class RestrictionAnswer(Answer, frozen=True, kw_only=True):
    """`number` counts the target's restrictions."""

    kind: Kind
    target_id: str
    number: int
    restricted: bool
