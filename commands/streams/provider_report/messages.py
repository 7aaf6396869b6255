"""What can be asked of a provider report's stream."""

from datetime import datetime

from commands.command import Command
from eventstore.values import Money


class RecordProviderReport(Command, frozen=True, kw_only=True):
    """A verified delivery about no call of ours."""

    provider: str
    external_id: str
    kind: str
    object_id: str
    concerns: str = ""
    amount: Money | None = None
    happened_at: datetime | None = None
