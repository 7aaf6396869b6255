"""Facts that a provider tells of by itself, about no call of ours."""

from datetime import datetime

from eventstore.events.base import Event
from eventstore.values import Money


def provider_report_stream(key: str) -> str:
    return f"provider_report-{key}"


class ProviderReported(Event, frozen=True, kw_only=True, tag="provider_report.received.v1"):
    """A dispute, a chargeback, a transfer that the bank sent back: evidence, as it was told.

    `key` is made of the provider and its own id of the delivery. `kind` is the provider's word for
    what happened, `object_id` its id of what it happened to, `concerns` its id of the charge, the
    refund or the payout behind it ("" if it names none).
    """

    key: str
    provider: str
    external_id: str
    kind: str
    object_id: str
    concerns: str
    amount: Money | None
    happened_at: datetime | None

    @property
    def stream(self) -> str:
        return provider_report_stream(self.key)
