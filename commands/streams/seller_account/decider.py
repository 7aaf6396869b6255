"""A seller's account with the marketplace: a balance due, or a debt, never both."""

from commands.amounts import within_limits
from commands.streams.seller_account.refusals import AmountExceedsDue, NothingDue
from commands.streams.seller_account.state import SellerAccount
from eventstore.events.base import Event
from eventstore.events.seller_account import (
    ChargebackDebited,
    DebtRepaid,
    EarningsCredited,
    PayoutReclaimed,
    RefundDebited,
)
from eventstore.values import Money


def credit(seller_id: str, order_id: str, amount: Money, account: SellerAccount) -> list[Event]:
    """Credit earnings; an older debt is repaid from them at once."""
    events: list[Event] = [EarningsCredited(seller_id=seller_id, order_id=order_id, amount=amount)]
    return events + repay(seller_id, amount, account)


def repay(seller_id: str, incoming: Money, account: SellerAccount) -> list[Event]:
    repaid = min(account.debt_minor, account.balance_minor + incoming.amount_minor)
    return [DebtRepaid(seller_id=seller_id, amount=incoming.of(repaid))] if repaid else []


def debit_refund(
    seller_id: str,
    order_id: str,
    refund_id: str,
    amount: Money,
    commission_reversed_minor: int,
    vat_reversed_minor: int,
    account: SellerAccount,
) -> Event:
    """Take a refund of released money back: from the balance, the rest becomes a debt."""
    net = amount.amount_minor - commission_reversed_minor - vat_reversed_minor
    from_balance = min(net, account.balance_minor)
    if net < 0:
        # More commission comes back than money goes out: it repays a debt first.
        from_balance = net - max(net, -account.debt_minor)
    return RefundDebited(
        seller_id=seller_id,
        order_id=order_id,
        refund_id=refund_id,
        amount=amount,
        from_balance_minor=from_balance,
        from_debt_minor=net - from_balance,
        commission_reversed_minor=commission_reversed_minor,
        commission_vat_reversed_minor=vat_reversed_minor,
    )


def debit_chargeback(
    seller_id: str, order_id: str, payment_id: str, amount: Money, account: SellerAccount
) -> Event:
    """Released money whose charge was taken back: from the balance, the rest becomes a debt."""
    from_balance = min(amount.amount_minor, account.balance_minor)
    return ChargebackDebited(
        seller_id=seller_id,
        order_id=order_id,
        payment_id=payment_id,
        amount=amount,
        from_balance_minor=from_balance,
        from_debt_minor=amount.amount_minor - from_balance,
    )


def reclaim(seller_id: str, payout_id: str, amount: Money, account: SellerAccount) -> Event:
    """A payout that had been given back and was paid after all is claimed once more."""
    from_balance = min(amount.amount_minor, account.balance_minor)
    return PayoutReclaimed(
        seller_id=seller_id,
        payout_id=payout_id,
        amount=amount,
        from_balance_minor=from_balance,
        from_debt_minor=amount.amount_minor - from_balance,
    )


def claimable(account: SellerAccount, amount_minor: int | None) -> int:
    """The amount that may be paid out: the whole balance when none is named."""
    if account.balance_minor == 0:
        raise NothingDue(field="seller_id")
    if amount_minor is None:
        return account.balance_minor
    if within_limits(amount_minor) > account.balance_minor:
        raise AmountExceedsDue(
            f"{account.balance_minor} due, {amount_minor} asked for.", field="amount.amount_minor"
        )
    return amount_minor
