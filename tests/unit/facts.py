"""Facts that several streams' rules begin with: a seller of the marketplace, and what she offers."""

from eventstore.events.listing import ListingCreated, ListingRetired
from eventstore.events.seller import SellerRegistered, SellerSuspended
from eventstore.values import Money

ANNA = SellerRegistered(
    seller_id="anna",
    name="Anna's pottery",
    currency="EUR",
    commission_rate_bps=750,
    payout_destination="dest",
    payout_provider="",
)
SUSPENDED = SellerSuspended(seller_id="anna", reason="fraud")
POT = ListingCreated(
    listing_id="pot",
    seller_id="anna",
    title="Blue teapot",
    category="kitchen",
    price=Money(1005, "EUR"),
)
RETIRED = ListingRetired(listing_id="pot", reason="sold out")
