"""What each money event means in the books: double-entry postings that sum to zero.

A positive amount is a credit, a negative one a debit, so liabilities and income show positive
balances. Of the events of one commit the one that knows both sides carries the posting:
`escrow.funds_held` for a capture, `escrow.funds_released` for a release with its seller credit.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from eventstore.events.base import Event
from eventstore.events.escrow import (
    FundsChargedBack,
    FundsHeld,
    FundsReinstated,
    FundsReleased,
    FundsReturned,
    LossRecovered,
)
from eventstore.events.order import (
    PaymentDifferenceBooked,
    PaymentDifferenceChargedBack,
    PaymentDifferenceReversed,
)
from eventstore.events.payment import PaymentReinstated, PaymentReversed
from eventstore.events.payout import PayoutBounced, PayoutSettled
from eventstore.events.refund import (
    RefundLegBounced,
    RefundLegPaidTwice,
    RefundLegSettled,
    RefundLegSettledOtherwise,
)
from eventstore.events.seller_account import (
    ChargebackDebited,
    DebtRepaid,
    PayoutClaimed,
    PayoutReclaimed,
    PayoutReturned,
    RefundDebited,
)
from eventstore.values import Money

PSP_CLEARING = "psp_clearing"
ESCROW = "escrow"
SELLER_PAYABLE = "seller_payable"
SELLER_DEBT = "seller_debt"
COMMISSION_INCOME = "commission_income"
COMMISSION_VAT = "commission_vat"
REFUND_CLEARING = "refund_clearing"
PAYOUT_CLEARING = "payout_clearing"
PAYMENT_DIFFERENCE = "payment_difference"
CHARGEBACKS = "chargebacks"
WRITTEN_OFF = "written_off"


class Posting(msgspec.Struct, frozen=True, gc=False):
    """`amount_minor` > 0 credits the account, < 0 debits it.

    An account is `<group>` or `<group>:<id>`, such as `seller_payable:<seller id>`.
    """

    account: str
    amount_minor: int
    currency: str

    @property
    def group(self) -> str:
        return self.account.partition(":")[0]


type Entries = list[tuple[str, int]]


def _held(event: FundsHeld) -> Entries:
    amount = event.amount.amount_minor
    return [(PSP_CLEARING, -amount), (f"{ESCROW}:{event.order_id}/{event.seller_id}", amount)]


def _released(event: FundsReleased) -> Entries:
    amount = event.amount.amount_minor
    commission, vat = event.commission_minor, event.commission_vat_minor
    return [
        (f"{ESCROW}:{event.order_id}/{event.seller_id}", -amount),
        (f"{SELLER_PAYABLE}:{event.seller_id}", amount - commission - vat),
        (COMMISSION_INCOME, commission),
        (COMMISSION_VAT, vat),
    ]


def _returned(event: FundsReturned) -> Entries:
    amount = event.amount.amount_minor
    return [(f"{ESCROW}:{event.order_id}/{event.seller_id}", -amount), (REFUND_CLEARING, amount)]


def _difference_booked(event: PaymentDifferenceBooked) -> Entries:
    amount = event.amount.amount_minor
    return [(PSP_CLEARING, -amount), (PAYMENT_DIFFERENCE, amount)]


def _difference_reversed(event: PaymentDifferenceReversed) -> Entries:
    amount = event.amount.amount_minor
    return [(PAYMENT_DIFFERENCE, -amount), (REFUND_CLEARING, amount)]


def _debt_repaid(event: DebtRepaid) -> Entries:
    amount = event.amount.amount_minor
    return [
        (f"{SELLER_PAYABLE}:{event.seller_id}", -amount),
        (f"{SELLER_DEBT}:{event.seller_id}", amount),
    ]


def _refund_debited(event: RefundDebited) -> Entries:
    return [
        (f"{SELLER_PAYABLE}:{event.seller_id}", -event.from_balance_minor),
        (f"{SELLER_DEBT}:{event.seller_id}", -event.from_debt_minor),
        (COMMISSION_INCOME, -event.commission_reversed_minor),
        (COMMISSION_VAT, -event.commission_vat_reversed_minor),
        (REFUND_CLEARING, event.amount.amount_minor),
    ]


def _leg_bounced(event: RefundLegBounced) -> Entries:
    amount = event.amount.amount_minor
    return [(PSP_CLEARING, -amount), (REFUND_CLEARING, amount)]


def _leg_settled_otherwise(event: RefundLegSettledOtherwise) -> Entries:
    amount = event.amount.amount_minor
    ends_in = {
        "paid_outside": PSP_CLEARING,
        "written_off": WRITTEN_OFF,
        "charged_back": CHARGEBACKS,
    }
    return [(REFUND_CLEARING, -amount), (ends_in[event.way], amount)]


def _leg_paid_twice(event: RefundLegPaidTwice) -> Entries:
    amount = event.amount.amount_minor
    return [(WRITTEN_OFF, -amount), (PSP_CLEARING, amount)]


def _refund_settled(event: RefundLegSettled) -> Entries:
    amount = event.amount.amount_minor
    return [(REFUND_CLEARING, -amount), (PSP_CLEARING, amount)]


def _payout_claimed(event: PayoutClaimed) -> Entries:
    amount = event.amount.amount_minor
    return [(f"{SELLER_PAYABLE}:{event.seller_id}", -amount), (PAYOUT_CLEARING, amount)]


def _payout_returned(event: PayoutReturned) -> Entries:
    amount = event.amount.amount_minor
    return [(PAYOUT_CLEARING, -amount), (f"{SELLER_PAYABLE}:{event.seller_id}", amount)]


def _payout_reclaimed(event: PayoutReclaimed) -> Entries:
    return [
        (f"{SELLER_PAYABLE}:{event.seller_id}", -event.from_balance_minor),
        (f"{SELLER_DEBT}:{event.seller_id}", -event.from_debt_minor),
        (PAYOUT_CLEARING, event.amount.amount_minor),
    ]


def _payout_settled(event: PayoutSettled) -> Entries:
    amount = event.amount.amount_minor
    return [(PAYOUT_CLEARING, -amount), (PSP_CLEARING, amount)]


def _payout_bounced(event: PayoutBounced) -> Entries:
    amount = event.amount.amount_minor
    return [(PSP_CLEARING, -amount), (PAYOUT_CLEARING, amount)]


def _payment_reversed(event: PaymentReversed) -> Entries:
    amount = event.amount.amount_minor
    return [(CHARGEBACKS, -amount), (PSP_CLEARING, amount)]


def _payment_reinstated(event: PaymentReinstated) -> Entries:
    amount = event.amount.amount_minor
    return [(PSP_CLEARING, -amount), (CHARGEBACKS, amount)]


def _funds_charged_back(event: FundsChargedBack) -> Entries:
    amount = event.amount.amount_minor
    return [(f"{ESCROW}:{event.order_id}/{event.seller_id}", -amount), (CHARGEBACKS, amount)]


def _funds_reinstated(event: FundsReinstated) -> Entries:
    amount = event.amount.amount_minor
    return [(CHARGEBACKS, -amount), (f"{ESCROW}:{event.order_id}/{event.seller_id}", amount)]


def _loss_recovered(event: LossRecovered) -> Entries:
    amount = event.amount.amount_minor
    return [(PSP_CLEARING, -amount), (CHARGEBACKS, amount)]


def _difference_charged_back(event: PaymentDifferenceChargedBack) -> Entries:
    amount = event.amount.amount_minor
    return [(PAYMENT_DIFFERENCE, -amount), (CHARGEBACKS, amount)]


def _chargeback_debited(event: ChargebackDebited) -> Entries:
    return [
        (f"{SELLER_PAYABLE}:{event.seller_id}", -event.from_balance_minor),
        (f"{SELLER_DEBT}:{event.seller_id}", -event.from_debt_minor),
        (CHARGEBACKS, event.amount.amount_minor),
    ]


ENTRIES: dict[type[Event], Callable[[Any], Entries]] = {
    FundsHeld: _held,
    FundsReleased: _released,
    FundsReturned: _returned,
    PaymentDifferenceBooked: _difference_booked,
    PaymentDifferenceReversed: _difference_reversed,
    DebtRepaid: _debt_repaid,
    RefundDebited: _refund_debited,
    RefundLegSettled: _refund_settled,
    PayoutClaimed: _payout_claimed,
    PayoutReturned: _payout_returned,
    PayoutSettled: _payout_settled,
    PayoutBounced: _payout_bounced,
    PaymentReversed: _payment_reversed,
    PaymentReinstated: _payment_reinstated,
    FundsChargedBack: _funds_charged_back,
    FundsReinstated: _funds_reinstated,
    LossRecovered: _loss_recovered,
    PaymentDifferenceChargedBack: _difference_charged_back,
    ChargebackDebited: _chargeback_debited,
    RefundLegBounced: _leg_bounced,
    RefundLegSettledOtherwise: _leg_settled_otherwise,
    RefundLegPaidTwice: _leg_paid_twice,
    PayoutReclaimed: _payout_reclaimed,
}


def postings(event: Event) -> list[Posting]:
    """The event's postings, none for an event that moves no money; zeros are left out."""
    entries = ENTRIES.get(type(event))
    if entries is None:
        return []
    amount: Money = getattr(event, "amount")  # noqa: B009 - every event in ENTRIES has one
    made = [Posting(account, minor, amount.currency) for account, minor in entries(event) if minor]
    assert sum(posting.amount_minor for posting in made) == 0, event
    return made
