"""Facts about what the system asks for shipping a given basket."""

from datetime import datetime
from typing import Literal

import msgspec

from eventstore.events.base import Event


def shipping_quote_stream(quote_id: str) -> str:
    return f"shipping_quote-{quote_id}"


class QuoteLine(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    listing_id: str
    quantity: int
    shipping_minor: int


class ShippingQuoteIssued(Event, frozen=True, kw_only=True, tag="shipping_quote.issued.v1"):
    """Shipping per line in minor units, good for one basket until `expires_at`."""

    quote_id: str
    currency: str
    lines: tuple[QuoteLine, ...]
    expires_at: datetime
    source: Literal["tariff", "operator"]

    @property
    def stream(self) -> str:
        return shipping_quote_stream(self.quote_id)
