"""What can be asked of a shipping quote's stream."""

from datetime import datetime

import msgspec

from commands.command import Answer, Command
from eventstore.values import Money


class BasketLine(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """`shipping_minor` is an operator's given amount; None leaves it to the tariff."""

    listing_id: str
    quantity: int
    shipping_minor: int | None = None


class IssueShippingQuote(Command, frozen=True, kw_only=True):
    quote_id: str
    lines: tuple[BasketLine, ...]


class QuotedLine(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    listing_id: str
    quantity: int
    shipping_minor: int


class QuoteAnswer(Answer, frozen=True, kw_only=True):
    """Good for an order of the same lines until `expires_at`."""

    quote_id: str
    shipping: Money
    lines: tuple[QuotedLine, ...]
    expires_at: datetime
