"""What can be asked of a payout's stream."""

from typing import Literal

from commands.command import Answer, Command
from eventstore.values import Money


class RequestPayout(Command, frozen=True, kw_only=True):
    """With no amount everything that is due is paid out.

    A provider that is "" is the seller's own, or else the marketplace's.
    """

    payout_id: str
    seller_id: str
    provider: str
    destination: str
    amount_minor: int | None = None
    currency: str | None = None


class RecordPayoutSettled(Command, frozen=True, kw_only=True):
    payout_id: str
    seller_id: str
    provider_reference: str


class RecordPayoutSent(Command, frozen=True, kw_only=True):
    payout_id: str
    provider_reference: str


class RecordPayoutFailed(Command, frozen=True, kw_only=True):
    """Also for a payout that had been settled and came back."""

    payout_id: str
    seller_id: str
    reason: str


class PayoutAnswer(Answer, frozen=True, kw_only=True):
    payout_id: str
    seller_id: str
    amount: Money
    status: Literal["requested", "settled"]
