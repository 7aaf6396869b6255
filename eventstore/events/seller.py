"""Facts about a seller's standing on the marketplace."""

from eventstore.events.base import Event
from eventstore.personal import Personal


def seller_stream(seller_id: str) -> str:
    return f"seller-{seller_id}"


class SellerEvent(Event, frozen=True, kw_only=True):
    seller_id: str

    @property
    def stream(self) -> str:
        return seller_stream(self.seller_id)


class SellerRegistered(SellerEvent, frozen=True, kw_only=True, tag="seller.registered.v2"):
    """`commission_rate_bps` is the seller's own rate; None means the marketplace's.

    `payout_destination` is the token of `payout_provider` for the seller's account, "" for none;
    a provider that is "" is the marketplace's.
    """

    name: str
    currency: str
    commission_rate_bps: int | None
    payout_destination: Personal[str]
    payout_provider: str


class SellerSuspended(SellerEvent, frozen=True, kw_only=True, tag="seller.suspended.v1"):
    reason: str


class SellerBlocked(SellerEvent, frozen=True, kw_only=True, tag="seller.blocked.v1"):
    """By a restriction, whose stream says why: nothing new is sold and nothing is paid out."""


class SellerVerified(SellerEvent, frozen=True, kw_only=True, tag="seller.verified.v1"):
    """The state's register knows them as they have said: the verification's stream says what."""


class SellerUnverified(SellerEvent, frozen=True, kw_only=True, tag="seller.unverified.v1"):
    """They are no more, or have said something else of themselves."""

    reason: str


class SellerUnblocked(SellerEvent, frozen=True, kw_only=True, tag="seller.unblocked.v1"):
    """The restriction is over."""
