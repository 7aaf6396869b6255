"""Shipping quotes."""

from commands.command import Policy
from commands.streams.shipping_quote.messages import BasketLine, IssueShippingQuote
from tests.given import at
from tests.unit.market import BUYER, Market


def test_the_tariff_is_a_parcel_a_seller() -> None:
    market = Market(Policy(shipping_base_minor=500, shipping_per_unit_minor=100))
    lines = (
        BasketLine(listing_id="anna-item", quantity=1),
        BasketLine(listing_id="boris-item", quantity=2),
        BasketLine(listing_id="anna-item", quantity=2),
    )
    market.decide(IssueShippingQuote(quote_id="q", lines=lines, **at(BUYER)))
    quote = market.state("shipping_quote-q")
    assert [line.shipping_minor for line in quote.lines] == [267, 700, 533]
