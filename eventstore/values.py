"""Values of the log's language: money in minor units and how it is rounded and split."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

import msgspec

AMOUNT_MINOR_MAX = 10**12
BASIS_POINTS = 10_000
HALF = BASIS_POINTS // 2


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met in one sum."""


class Money(msgspec.Struct, frozen=True, gc=False, order=True):
    """An integer count of minor units (cents, kopecks) of one ISO 4217 currency."""

    amount_minor: int
    currency: str

    def __add__(self, other: Self) -> Self:
        return type(self)(self.amount_minor + self._same(other), self.currency)

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.amount_minor - self._same(other), self.currency)

    def of(self, amount_minor: int) -> Self:
        """Another amount in this one's currency."""
        return type(self)(amount_minor, self.currency)

    def _same(self, other: Self) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency}")
        return other.amount_minor


def share_half_up(amount_minor: int, part: int, whole: int) -> int:
    """`amount_minor * part / whole`, halves away from zero; 0 of a whole of 0."""
    if whole == 0:
        return 0
    product = amount_minor * part
    sign = -1 if product < 0 else 1
    return sign * ((2 * abs(product) + whole) // (2 * whole))


def rate_half_up(amount_minor: int, rate_bps: int) -> int:
    """A rate in basis points of a non-negative amount, halves up."""
    return (amount_minor * rate_bps + HALF) // BASIS_POINTS


def split_by_largest_remainder(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Shares in proportion to `weights` that sum to `amount_minor` exactly.

    The units that flooring leaves over go to the largest remainders, ties to the earliest.
    """
    total = sum(weights)
    if total == 0:
        if amount_minor:
            raise ValueError("an amount cannot be split over weights of zero")
        return [0] * len(weights)
    floors = [amount_minor * weight // total for weight in weights]
    left = amount_minor - sum(floors)
    by_remainder = sorted(
        range(len(weights)), key=lambda index: -(amount_minor * weights[index] % total)
    )
    for index in by_remainder[:left]:
        floors[index] += 1
    return floors


class Envelope(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Who and what caused an event, and when: business time and recording time.

    `account` is the person behind an actor that several people are, such as a seller. What staff
    has done names the `session` it was done in, whose start says from where.
    """

    occurred_at: datetime
    recorded_at: datetime
    actor: str
    command_id: str
    correlation_id: str
    causation_id: str
    account: str = ""
    session: str = ""
