"""What every command carries: who asks, and the two times that its events will bear."""

from datetime import datetime
from typing import Literal

import msgspec

from eventstore.identity import Role
from eventstore.values import BASIS_POINTS


class Actor(msgspec.Struct, frozen=True, gc=False):
    """`subject` is a buyer's or seller's id, an operator's name, or a process's name."""

    role: Role
    subject: str

    def __str__(self) -> str:
        return f"{self.role}:{self.subject}"

    @property
    def runs_the_marketplace(self) -> bool:
        return self.role in {"operator", "system"}

    def may_act_for_seller(self, seller_id: str) -> bool:
        return self.runs_the_marketplace or (self.role == "seller" and self.subject == seller_id)

    def may_act_for_buyer(self, buyer_id: str) -> bool:
        return self.runs_the_marketplace or (self.role == "buyer" and self.subject == buyer_id)


class Command(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """`now` is when the system was asked, `occurred_at` when it happened in business."""

    by: Actor
    now: datetime
    occurred_at: datetime

    @property
    def clock(self) -> datetime:
        """Where deadlines start: a fact recorded late gives its full time from the recording."""
        return max(self.now, self.occurred_at)


class Answer(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a command is answered with, as JSON. It stands beside the command's message."""


class NoAnswer(Answer, frozen=True, kw_only=True):
    """For commands that nobody asks over HTTP."""


class Policy(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The marketplace's terms. They are frozen into events where they matter."""

    commission_rate_bps: int = 1000
    commission_vat_rate_bps: int = 0
    payment_tolerance_minor: int = 5
    payment_tolerance_bps: int = 100
    payment_window_s: int = 24 * 3600
    acceptance_window_s: int = 14 * 24 * 3600
    refund_hold_s: int = 14 * 24 * 3600
    quote_validity_s: int = 3600
    shipping_base_minor: int = 500
    shipping_per_unit_minor: int = 100
    chargebacks_borne_by: Literal["seller", "marketplace"] = "seller"

    def tolerance_minor(self, total_minor: int) -> int:
        """How much a payment of this total may be short: bounded, and in proportion."""
        return min(
            self.payment_tolerance_minor,
            total_minor * self.payment_tolerance_bps // BASIS_POINTS,
        )
