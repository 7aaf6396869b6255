"""Facts about how many units of a listing there are and who they are promised to."""

from eventstore.events.base import Event


def stock_stream(listing_id: str) -> str:
    return f"stock-{listing_id}"


class StockEvent(Event, frozen=True, kw_only=True):
    listing_id: str
    quantity: int

    @property
    def stream(self) -> str:
        return stock_stream(self.listing_id)


class StockReceived(StockEvent, frozen=True, kw_only=True, tag="stock.received.v1"):
    """Units came in."""


class StockReserved(StockEvent, frozen=True, kw_only=True, tag="stock.reserved.v1"):
    """Units are promised to an order."""

    order_id: str


class StockReleased(StockEvent, frozen=True, kw_only=True, tag="stock.released.v1"):
    """A promise ended without a parcel: the units are for sale again."""

    order_id: str


class StockCommitted(StockEvent, frozen=True, kw_only=True, tag="stock.committed.v1"):
    """Promised units left the house."""

    order_id: str
