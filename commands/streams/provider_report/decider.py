"""Provider reports: kept as they were told, once."""

from commands.idempotency import uuid_of
from commands.refusals import NotAllowed
from commands.streams.provider_report.messages import RecordProviderReport
from commands.streams.provider_report.state import ProviderReport
from eventstore.events.base import Event
from eventstore.events.provider_report import ProviderReported, provider_report_stream


def key_of(provider: str, external_id: str) -> str:
    """Of our making: what a provider names shares no key with anything of ours."""
    return uuid_of("provider-report", provider, external_id)


def stream_of(command: RecordProviderReport) -> str:
    return provider_report_stream(key_of(command.provider, command.external_id))


def record(command: RecordProviderReport, report: ProviderReport) -> list[Event]:
    """The same delivery again is nothing new."""
    if command.by.role != "system":
        raise NotAllowed("Reports are recorded from a provider's own deliveries.")
    if report.told:
        return []
    return [
        ProviderReported(
            key=key_of(command.provider, command.external_id),
            provider=command.provider,
            external_id=command.external_id,
            kind=command.kind,
            object_id=command.object_id,
            concerns=command.concerns,
            amount=command.amount,
            happened_at=command.happened_at,
        )
    ]
