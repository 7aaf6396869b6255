"""Handlers of provider reports."""

from commands.command import NoAnswer, Policy
from commands.stream import Decision, States, Stream
from commands.streams.provider_report import decider
from commands.streams.provider_report.messages import RecordProviderReport
from commands.streams.provider_report.state import PROVIDER_REPORT


def record(command: RecordProviderReport, states: States, _: Policy) -> Decision:
    key = decider.key_of(command.provider, command.external_id)
    return decider.record(command, states.of(PROVIDER_REPORT, key)), NoAnswer()


STREAM = Stream(fold=PROVIDER_REPORT, handlers={RecordProviderReport: record})
