"""Checks that every amount from outside goes through."""

from commands.refusals import AmountNotPositive, AmountTooLarge, ForeignCurrency
from eventstore.values import AMOUNT_MINOR_MAX


def same_currency(given: str | None, expected: str, field: str = "amount.currency") -> None:
    if given not in {None, expected}:
        raise ForeignCurrency(f"The amount must be in {expected}.", field=field)


def within_limits(amount_minor: int, field: str = "amount.amount_minor") -> int:
    if amount_minor <= 0:
        raise AmountNotPositive(field=field)
    if amount_minor > AMOUNT_MINOR_MAX:
        raise AmountTooLarge(field=field)
    return amount_minor
