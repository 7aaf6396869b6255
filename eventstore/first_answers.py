"""First answers of recent commands, kept in memory to answer a repetition at once."""

from eventstore.batch import Outcome, Request
from eventstore.errors import CommandIdReused

RECENT_MAX = 10_000


class FirstAnswers:
    """The most recent `RECENT_MAX`, by command id; the log has them all."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[bytes, Outcome]] = {}

    def get(self, command_id: str) -> tuple[bytes, Outcome] | None:
        return self._answers.get(command_id)

    def remember(self, request: Request, outcome: Outcome) -> None:
        self._answers[request.command_id] = (request.body_hash, outcome)
        if len(self._answers) > RECENT_MAX:
            del self._answers[next(iter(self._answers))]


def first_answer(request: Request, first: tuple[bytes, Outcome]) -> Outcome:
    """The first answer, marked as replayed. Raises `CommandIdReused` for another body."""
    body_hash, outcome = first
    if body_hash != request.body_hash:
        raise CommandIdReused(request.command_id)
    return Outcome(outcome.position, outcome.answer, replayed=True)
