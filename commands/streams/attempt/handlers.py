"""Handlers of attempts."""

from commands.command import NoAnswer, Policy
from commands.stream import Decision, States, Stream
from commands.streams.attempt import decider
from commands.streams.attempt.messages import RecordAttempt
from commands.streams.attempt.state import ATTEMPT


def record(command: RecordAttempt, states: States, _: Policy) -> Decision:
    attempt = states.of(ATTEMPT, command.attempt_id, new=True)
    return decider.record(command, attempt), NoAnswer()


STREAM = Stream(fold=ATTEMPT, handlers={RecordAttempt: record})
