"""What can be asked of a shipping quote's stream."""

import msgspec

from commands.command import Command


class BasketLine(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """`shipping_minor` is an operator's given amount; None leaves it to the tariff."""

    listing_id: str
    quantity: int
    shipping_minor: int | None = None


class IssueShippingQuote(Command, frozen=True, kw_only=True):
    quote_id: str
    lines: tuple[BasketLine, ...]
