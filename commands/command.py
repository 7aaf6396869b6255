"""What every command carries: who asks, and the two times that its events will bear."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from eventstore.identity import Role
from eventstore.values import BASIS_POINTS

DAY_S = 86_400
YEAR_S = 365 * DAY_S


class Actor(msgspec.Struct, frozen=True, gc=False):
    """`subject` is a buyer's or seller's id, an operator's name, or a process's name; `account` the
    person behind it, where several people act as one.
    """

    role: Role
    subject: str
    account: str = ""

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
    def sealed_for(self) -> str:
        """Whose texts its sealed fields hold: under that subject's key they are sealed."""
        raise TypeError(f"{type(self).__name__} does not say whose texts it seals")

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

    commission_rate_bps: Annotated[
        int, Meta(ge=0, le=10_000, description="commission in basis points, frozen on each line")
    ] = 1000
    commission_vat_rate_bps: Annotated[
        int, Meta(ge=0, le=10_000, description="VAT on the commission in basis points")
    ] = 0
    payment_tolerance_minor: Annotated[
        int, Meta(ge=0, le=10_000, description="minor units that a payment may be short")
    ] = 5
    payment_tolerance_bps: Annotated[
        int, Meta(ge=0, le=10_000, description="how much of the total at most, in basis points")
    ] = 100
    payment_window_s: Annotated[
        int, Meta(ge=1, le=YEAR_S, description="how long an order waits for its payment")
    ] = DAY_S
    acceptance_window_s: Annotated[
        int, Meta(ge=1, le=YEAR_S, description="how long a buyer may complain after delivery")
    ] = 14 * DAY_S
    refund_hold_s: Annotated[
        int,
        Meta(
            ge=0,
            le=YEAR_S,
            description="how long after that window an undecided refund holds what it asks for",
        ),
    ] = 14 * DAY_S
    quote_validity_s: Annotated[
        int, Meta(ge=1, le=31 * DAY_S, description="how long a shipping quote is good for")
    ] = 3600
    shipping_base_minor: Annotated[
        int, Meta(ge=0, le=10**9, description="the shipping tariff: for a parcel, minor units")
    ] = 500
    shipping_per_unit_minor: Annotated[
        int, Meta(ge=0, le=10**9, description="the shipping tariff: for each unit, minor units")
    ] = 100
    chargebacks_borne_by: Annotated[
        Literal["seller", "marketplace"],
        Meta(description="who bears a charge taken back after release: seller or marketplace"),
    ] = "seller"
    sellers_verified: Annotated[
        Literal["no", "yes"],
        Meta(description="whether only sellers sell and are paid whom the tax register confirms"),
    ] = "no"
    payout_interval_s: Annotated[
        int, Meta(ge=1, le=31 * DAY_S, description="the payout schedule")
    ] = DAY_S
    payout_provider: Annotated[
        str, Meta(description="the provider of payouts to sellers without one of their own")
    ] = "sandbox"

    deliveries_kept_days: Annotated[
        int,
        Meta(ge=1, le=3650, description="days until an answered provider's message is forgotten"),
    ] = 90

    def tolerance_minor(self, total_minor: int) -> int:
        """How much a payment of this total may be short: bounded, and in proportion."""
        return min(
            self.payment_tolerance_minor,
            total_minor * self.payment_tolerance_bps // BASIS_POINTS,
        )
