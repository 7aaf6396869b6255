"""Facts about sending a seller's balance to the seller."""

from eventstore.events.base import Event
from eventstore.personal import Personal
from eventstore.values import Money


def payout_stream(payout_id: str) -> str:
    return f"payout-{payout_id}"


class PayoutEvent(Event, frozen=True, kw_only=True):
    payout_id: str
    seller_id: str

    @property
    def stream(self) -> str:
        return payout_stream(self.payout_id)


class PayoutRequested(PayoutEvent, frozen=True, kw_only=True, tag="payout.requested.v1"):
    """The intent. `destination` is the provider's token for the seller's account."""

    provider: str
    destination: Personal[str]
    amount: Money


class PayoutSent(PayoutEvent, frozen=True, kw_only=True, tag="payout.sent.v1"):
    provider_reference: str


class PayoutSettled(PayoutEvent, frozen=True, kw_only=True, tag="payout.settled.v1"):
    amount: Money
    provider_reference: str


class PayoutFailed(PayoutEvent, frozen=True, kw_only=True, tag="payout.failed.v1"):
    reason: str


class PayoutBounced(PayoutEvent, frozen=True, kw_only=True, tag="payout.bounced.v1"):
    """A payout that had been settled came back."""

    amount: Money
    reason: str
