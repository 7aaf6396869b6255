"""First answers of recent commands, kept in memory to answer a repetition at once."""

from collections.abc import Sequence

from eventstore.batch import Appended, Outcome, Pending, Request
from eventstore.errors import CommandIdReused

RECENT_MAX = 2_000
RECENT_BYTES_MAX = 16 * 1024 * 1024


class FirstAnswers:
    """The most recent by command id, by number and by bytes; the log has them all.

    At least half of `RECENT_MAX`, or what half of `RECENT_BYTES_MAX` of answers holds.

    Two generations: taking the oldest out of one dict, one by one, walks over all that were
    taken out before.
    """

    def __init__(self) -> None:
        self._young: dict[str, tuple[bytes, Outcome]] = {}
        self._old: dict[str, tuple[bytes, Outcome]] = {}
        self._young_bytes = 0

    def clear(self) -> None:
        """The log may be another one from now on: it is asked."""
        self._young, self._old, self._young_bytes = {}, {}, 0

    def get(self, command_id: str) -> tuple[bytes, Outcome] | None:
        return self._young.get(command_id) or self._old.get(command_id)

    def remember(self, request: Request, outcome: Outcome) -> None:
        if len(self._young) >= RECENT_MAX // 2 or self._young_bytes >= RECENT_BYTES_MAX // 2:
            self._old, self._young, self._young_bytes = self._young, {}, 0
        self._young_bytes += len(outcome.answer)
        self._young[request.command_id] = (request.body_hash, outcome)

    def answer(self, stands: Sequence[Pending], result: Appended) -> None:
        """Answer what has been appended, and refusals that rest on what is in the log."""
        position = result.position - sum(len(pending.rows) for pending in stands)
        for pending in stands:
            if pending.refusal is None:
                position += len(pending.rows)
                outcome = Outcome(position, pending.answer)
                self.remember(pending.request, outcome)
                pending.succeed(outcome)
                continue
            first = result.first_answers.get(pending.request.command_id)
            if first is None:
                pending.fail(pending.refusal)
            else:
                self.answer_again(pending, first)

    def answer_again(self, pending: Pending, first: tuple[bytes, Outcome]) -> None:
        try:
            outcome = first_answer(pending.request, first)
        except CommandIdReused as error:
            pending.fail(error)
        else:
            self.remember(pending.request, outcome)
            pending.succeed(outcome)


def first_answer(request: Request, first: tuple[bytes, Outcome]) -> Outcome:
    """The first answer, marked as replayed. Raises `CommandIdReused` for another body."""
    body_hash, outcome = first
    if body_hash != request.body_hash:
        raise CommandIdReused(request.command_id)
    return Outcome(outcome.position, outcome.answer, replayed=True)
