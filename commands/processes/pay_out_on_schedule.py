"""Pay a seller what is due at the next turn of the schedule after the balance has grown."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from commands.command import Actor
from commands.idempotency import OURS, uuid_of
from commands.processes.process import Process
from commands.processes.reactions import Reaction, Schedule
from commands.streams.payout.messages import RequestPayout
from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.events.seller import SellerUnblocked
from eventstore.events.seller_account import (
    EarningsCredited,
    PayoutClaimed,
    PayoutReturned,
    RefundDebited,
)

TURN = f"{OURS}turn-"


class Claimed(msgspec.Struct, frozen=True, gc=False):
    """The last turn at which the schedule claimed a seller's balance."""

    turn: datetime | None = None


class PayOutOnSchedule(Process[Claimed]):
    name = "pay-out-on-schedule"
    state_type = Claimed

    def interested(self, event: Event) -> str | None:
        match event:
            case EarningsCredited() | PayoutReturned() | PayoutClaimed() | SellerUnblocked():
                return event.seller_id
            case RefundDebited() if event.from_balance_minor < 0:
                return event.seller_id  # More commission came back than money went out.
            case _:
                return None

    def evolve(self, state: Claimed, event: Event) -> Claimed:
        match event:
            case PayoutClaimed(payout_id=payout_id):
                turn = turn_of(payout_id)
                return Claimed(turn) if turn else state
            case _:
                return state

    def react(self, state: Claimed, recorded: Recorded) -> Sequence[Reaction]:
        match recorded.event:
            case PayoutClaimed():
                return []
            case event:
                seller_id = self.interested(event) or ""
        due_at = self._next_turn(recorded.envelope.recorded_at)
        if state.turn is not None and due_at <= state.turn:
            # Recorded before a turn, but in the log after what that turn has claimed.
            due_at = self._next_turn(state.turn)
        return [Schedule(f"{seller_id}/{due_at.isoformat()}", due_at)]

    def due(self, instance: str, due_at: datetime) -> RequestPayout:
        seller_id = instance.partition("/")[0]
        return RequestPayout(
            by=Actor("system", self.name),
            now=due_at,
            occurred_at=due_at,
            payout_id=payout_id_of(seller_id, due_at),
            seller_id=seller_id,
            provider="",
            destination="",
        )

    def _next_turn(self, after: datetime) -> datetime:
        turns = int(after.timestamp()) // self.policy.payout_interval_s + 1
        return datetime.fromtimestamp(turns * self.policy.payout_interval_s, UTC)


def payout_id_of(seller_id: str, turn: datetime) -> str:
    """A scheduled payout's id: the turn can be read from it, and nobody else can take it."""
    return f"{TURN}{int(turn.timestamp())}-{uuid_of(PayOutOnSchedule.name, seller_id)}"


def turn_of(payout_id: str) -> datetime | None:
    """The turn of a scheduled payout, None for any other."""
    seconds, _, _ = payout_id.removeprefix(TURN).partition("-")
    if not payout_id.startswith(TURN) or not seconds.isdecimal():
        return None
    return datetime.fromtimestamp(int(seconds), UTC)
