"""What a seller's account remembers: a balance due, or a debt, never both."""

import msgspec

from commands.stream import Fold
from eventstore.events.base import Event
from eventstore.events.seller_account import (
    ChargebackDebited,
    DebtRepaid,
    EarningsCredited,
    PayoutClaimed,
    PayoutReclaimed,
    PayoutReturned,
    RefundDebited,
    seller_account_stream,
)


class SellerAccount(msgspec.Struct, frozen=True, gc=False):
    """Minor units of the seller's currency."""

    balance_minor: int = 0
    debt_minor: int = 0


INITIAL = SellerAccount()


def evolve(account: SellerAccount, event: Event) -> SellerAccount:
    balance, debt = account.balance_minor, account.debt_minor
    match event:
        case EarningsCredited(amount=amount) | PayoutReturned(amount=amount):
            balance += amount.amount_minor
        case PayoutClaimed(amount=amount):
            balance -= amount.amount_minor
        case DebtRepaid(amount=amount):
            balance -= amount.amount_minor
            debt -= amount.amount_minor
        case RefundDebited() | ChargebackDebited() | PayoutReclaimed():
            balance -= event.from_balance_minor
            debt += event.from_debt_minor
        case _:
            raise AssertionError(f"the log is broken: {event} after {account}")
    assert balance >= 0, f"the log is broken: {event} after {account}"
    assert debt >= 0, f"the log is broken: {event} after {account}"
    return SellerAccount(balance, debt)


SELLER_ACCOUNT: Fold[SellerAccount] = Fold("seller_account", seller_account_stream, INITIAL, evolve)
