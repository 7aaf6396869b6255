"""First answers of recent commands, kept in memory to answer a repetition at once."""

from eventstore.batch import Outcome, Request
from eventstore.errors import CommandIdReused

RECENT_MAX = 10_000


class FirstAnswers:
    """At least the most recent half of `RECENT_MAX`, by command id; the log has them all.

    Two generations: taking the oldest out of one dict, one by one, walks over all that were
    taken out before.
    """

    def __init__(self) -> None:
        self._young: dict[str, tuple[bytes, Outcome]] = {}
        self._old: dict[str, tuple[bytes, Outcome]] = {}

    def get(self, command_id: str) -> tuple[bytes, Outcome] | None:
        return self._young.get(command_id) or self._old.get(command_id)

    def remember(self, request: Request, outcome: Outcome) -> None:
        if len(self._young) >= RECENT_MAX // 2:
            self._old, self._young = self._young, {}
        self._young[request.command_id] = (request.body_hash, outcome)


def first_answer(request: Request, first: tuple[bytes, Outcome]) -> Outcome:
    """The first answer, marked as replayed. Raises `CommandIdReused` for another body."""
    body_hash, outcome = first
    if body_hash != request.body_hash:
        raise CommandIdReused(request.command_id)
    return Outcome(outcome.position, outcome.answer, replayed=True)
