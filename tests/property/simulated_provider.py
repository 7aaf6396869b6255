"""A payment provider in memory: what it really did with the money is the truth to compare with.

Its objects change later, and their news come late, twice, in any order, or not at all.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Literal

import msgspec

from commands.outside.payments.call import CallKind, PaymentCall, Refund
from commands.outside.port import Declined, Pending, Result, Succeeded

type Status = Literal["ok", "pending", "failed"]

WATCHED = timedelta(days=7)
COURSES: dict[CallKind, tuple[tuple[Status, ...], ...]] = {
    "charge": (
        ("ok",),
        ("ok",),
        ("ok",),
        ("pending", "ok"),
        ("failed",),
        ("pending", "failed"),
        ("failed", "ok"),
        ("ok", "failed"),
        ("ok", "failed", "ok"),
        ("ok", "failed", "ok", "failed"),
    ),
    "refund": (
        ("ok",),
        ("ok",),
        ("pending", "ok"),
        ("failed",),
        ("pending", "failed"),
        ("ok", "failed"),
        ("failed", "ok"),
        ("ok", "failed", "ok"),
    ),
    "payout": (
        ("ok",),
        ("ok",),
        ("pending", "ok"),
        ("pending", "failed"),
        ("ok", "failed"),
        ("failed", "ok"),
    ),
}


class Made(msgspec.Struct):
    """One object at the provider, and the changes that it has before it."""

    id: str
    call: PaymentCall
    status: Status
    later: list[Status]
    made_at: datetime


class SimulatedProvider:
    def __init__(self, chance: Random, clock: Callable[[], datetime]) -> None:
        self._chance = chance
        self._clock = clock
        self._made: dict[tuple[CallKind, str], Made] = {}
        self.news: list[tuple[CallKind, str]] = []
        self.calm = False  # What it makes from now on goes well.

    @property
    def net_minor(self) -> int:
        """What it has of ours: charges that stand, less refunds and payouts that went out."""
        return sum(
            (1 if made.call.kind == "charge" else -1) * made.call.amount.amount_minor
            for made in self._made.values()
            if made.status == "ok"
        )

    def find(self, call: PaymentCall) -> Result | None:
        made = self._made.get((call.kind, call.key))
        if made is None:
            return None
        assert made.call == call, f"{call} and {made.call} share a key"
        return _result(made)

    def execute(self, call: PaymentCall) -> Result:
        if isinstance(call, Refund) and (refusal := self._not_refundable(call)):
            return Declined("", refusal)
        course = COURSES[call.kind][0] if self.calm else self._chance.choice(COURSES[call.kind])
        first, *later = course
        made = Made(f"{call.kind}-{len(self._made)}", call, first, later, self._clock())
        self._made[call.kind, call.key] = made
        if first != "pending":
            self._tell(made)
        return _result(made)

    def _not_refundable(self, call: Refund) -> str:
        of = [made for made in self._made.values() if made.id == call.charge_reference]
        if not of or of[0].status != "ok":
            return "charge_not_refundable"
        taken = sum(
            made.call.amount.amount_minor
            for made in self._made.values()
            if isinstance(made.call, Refund)
            if made.call.charge_reference == call.charge_reference
            if made.status != "failed"
        )
        left = of[0].call.amount.amount_minor - taken
        return "amount_too_large" if call.amount.amount_minor > left else ""

    def changes(self) -> bool:
        """Whether anything changed: one object takes the next step of its course."""
        waiting = [made for made in self._made.values() if made.later]
        if not waiting:
            return False
        made = self._chance.choice(waiting)
        made.status = made.later.pop(0)
        self._tell(made)
        return True

    def _tell(self, made: Made) -> None:
        # A change that nobody tells of is found by looking again, for a week.
        young = self._clock() - made.made_at < WATCHED
        copies = self._chance.choice((0, 1, 1, 1, 2) if young else (1, 2))
        self.news += [(made.call.kind, made.call.key)] * copies
        self._chance.shuffle(self.news)


def _result(made: Made) -> Result:
    match made.status:
        case "ok":
            return Succeeded(made.id)
        case "pending":
            return Pending(made.id)
        case "failed":
            return Declined(made.id, "failed")
