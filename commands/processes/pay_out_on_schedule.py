"""Pay a seller what is due at the next turn of the schedule after something was earned."""

from collections.abc import Sequence
from datetime import UTC, datetime

from commands.command import Actor
from commands.idempotency import derived_id
from commands.payout.messages import RequestPayout
from commands.processes.process import NoState
from commands.processes.reactions import Reaction, Schedule
from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.events.seller_account import EarningsCredited, PayoutReturned


class PayOutOnSchedule:
    name = "pay-out-on-schedule"
    state_type = NoState

    def __init__(self, interval_s: int, provider: str) -> None:
        self._interval_s = interval_s
        self._provider = provider

    def interested(self, event: Event) -> str | None:
        match event:
            case EarningsCredited() | PayoutReturned():
                return event.seller_id
            case _:
                return None

    def evolve(self, state: NoState, event: Event) -> NoState:  # noqa: ARG002 - nothing to remember
        return state

    def react(self, state: NoState, recorded: Recorded) -> Sequence[Reaction]:  # noqa: ARG002
        seller_id = self.interested(recorded.event)
        if seller_id is None:
            return []
        due_at = self._next_turn(recorded.envelope.recorded_at)
        instance = f"{seller_id}/{due_at.isoformat()}"
        payout = RequestPayout(
            by=Actor("system", self.name),
            now=due_at,
            occurred_at=due_at,
            payout_id=derived_id(self.name, instance),
            seller_id=seller_id,
            provider=self._provider,
            destination="",
        )
        return [Schedule(instance, due_at, payout)]

    def _next_turn(self, after: datetime) -> datetime:
        turns = int(after.timestamp()) // self._interval_s + 1
        return datetime.fromtimestamp(turns * self._interval_s, UTC)
