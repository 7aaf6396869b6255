"""A provider report is told once."""

import msgspec

from commands.stream import Fold
from eventstore.events.base import Event
from eventstore.events.provider_report import ProviderReported, provider_report_stream


class ProviderReport(msgspec.Struct, frozen=True, gc=False):
    told: bool = False


def evolve(report: ProviderReport, event: Event) -> ProviderReport:
    match report, event:
        case ProviderReport(told=False), ProviderReported():
            return ProviderReport(told=True)
        case _:
            raise AssertionError(f"the log is broken: {event} after {report}")


PROVIDER_REPORT: Fold[ProviderReport] = Fold(
    "provider_report", provider_report_stream, ProviderReport(), evolve
)
