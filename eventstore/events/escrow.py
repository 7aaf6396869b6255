"""Facts about money held for one seller's part of one order."""

from typing import Literal

from eventstore.events.base import Event
from eventstore.values import Money


def escrow_stream(order_id: str, seller_id: str) -> str:
    return f"escrow-{order_id}/{seller_id}"


class EscrowEvent(Event, frozen=True, kw_only=True):
    order_id: str
    seller_id: str
    amount: Money

    @property
    def stream(self) -> str:
        return escrow_stream(self.order_id, self.seller_id)


class FundsHeld(EscrowEvent, frozen=True, kw_only=True, tag="escrow.funds_held.v1"):
    payment_id: str


class FundsReleased(EscrowEvent, frozen=True, kw_only=True, tag="escrow.funds_released.v1"):
    """`amount` leaves escrow: commission and its VAT stay with us, the rest is the seller's."""

    commission_minor: int
    commission_vat_minor: int


class FundsReturned(EscrowEvent, frozen=True, kw_only=True, tag="escrow.funds_returned.v1"):
    refund_id: str


class CommissionReversed(
    EscrowEvent, frozen=True, kw_only=True, tag="escrow.commission_reversed.v1"
):
    """Commission taken on a release and given back by a refund.

    It remembers; the books are moved by `seller_account.refund_debited` of the same commit.
    """

    refund_id: str
    commission_vat_minor: int


class FundsChargedBack(EscrowEvent, frozen=True, kw_only=True, tag="escrow.funds_charged_back.v1"):
    """A reversed charge takes `amount` out of escrow, and `released_minor` had left it before.

    `borne_by` says whose loss the released part is: the seller is debited in the same commit.
    """

    payment_id: str
    released_minor: int
    borne_by: Literal["seller", "marketplace"]


class FundsReinstated(EscrowEvent, frozen=True, kw_only=True, tag="escrow.funds_reinstated.v1"):
    """A charge that counts again puts `amount` back; `recovered_minor` makes our loss good."""

    payment_id: str
    recovered_minor: int


class LossRecovered(EscrowEvent, frozen=True, kw_only=True, tag="escrow.loss_recovered.v1"):
    """A new charge makes good what the marketplace had lost by one that was taken back."""

    payment_id: str
