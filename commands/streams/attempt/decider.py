"""Attempts of staff that were refused: kept, whatever they were."""

from commands.refusals import NotAllowed
from commands.streams.attempt.messages import RecordAttempt
from commands.streams.attempt.state import Attempt
from eventstore.events.attempt import AttemptRefused
from eventstore.events.base import Event
from eventstore.identity import is_staff


def record(command: RecordAttempt, attempt: Attempt) -> list[Event]:
    """The same attempt again is nothing new."""
    if not is_staff(command.by.role):
        raise NotAllowed("Attempts are recorded of staff.")
    if attempt.recorded:
        return []
    return [
        AttemptRefused(
            attempt_id=command.attempt_id,
            route=command.route,
            path=command.path,
            status=command.status,
            code=command.code,
        )
    ]
