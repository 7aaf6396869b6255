"""Facts about what the marketplace owes a seller, and a seller the marketplace."""

from eventstore.events.base import Event
from eventstore.values import Money


def seller_account_stream(seller_id: str) -> str:
    return f"seller_account-{seller_id}"


class SellerAccountEvent(Event, frozen=True, kw_only=True):
    seller_id: str

    @property
    def stream(self) -> str:
        return seller_account_stream(self.seller_id)


class EarningsCredited(
    SellerAccountEvent, frozen=True, kw_only=True, tag="seller_account.earnings_credited.v1"
):
    """The seller's net share of a release: the counterpart of `escrow.funds_released`."""

    order_id: str
    amount: Money


class DebtRepaid(
    SellerAccountEvent, frozen=True, kw_only=True, tag="seller_account.debt_repaid.v1"
):
    """Earnings that went to an older debt instead of to the balance."""

    amount: Money


class RefundDebited(
    SellerAccountEvent, frozen=True, kw_only=True, tag="seller_account.refund_debited.v1"
):
    """A refund of money already released: `amount` = `from_balance` + `from_debt` + reversals."""

    order_id: str
    refund_id: str
    amount: Money
    from_balance_minor: int
    from_debt_minor: int
    commission_reversed_minor: int
    commission_vat_reversed_minor: int


class PayoutClaimed(
    SellerAccountEvent, frozen=True, kw_only=True, tag="seller_account.payout_claimed.v1"
):
    payout_id: str
    amount: Money


class PayoutReturned(
    SellerAccountEvent, frozen=True, kw_only=True, tag="seller_account.payout_returned.v1"
):
    payout_id: str
    amount: Money


class PayoutReclaimed(
    SellerAccountEvent, frozen=True, kw_only=True, tag="seller_account.payout_reclaimed.v1"
):
    """A payout that had been given back was paid after all; what is not due any more is owed."""

    payout_id: str
    amount: Money
    from_balance_minor: int
    from_debt_minor: int


class ChargebackDebited(
    SellerAccountEvent, frozen=True, kw_only=True, tag="seller_account.chargeback_debited.v1"
):
    """Released money whose charge was taken back: the seller bears it, commission included."""

    order_id: str
    payment_id: str
    amount: Money
    from_balance_minor: int
    from_debt_minor: int
