"""Shipping quotes."""

from datetime import timedelta

import msgspec
import pytest

from commands.command import Policy
from commands.refusals import ForeignCurrency, NotAllowed
from commands.streams.listing.refusals import ListingIsRetired, ListingUnknown
from commands.streams.shipping_quote.messages import BasketLine, IssueShippingQuote
from commands.streams.shipping_quote.refusals import QuoteExists
from eventstore.events.listing import ListingCreated
from eventstore.events.shipping_quote import QuoteLine, ShippingQuoteIssued
from eventstore.values import Money
from tests.given import NOW, at, given
from tests.unit.facts import POT, RETIRED
from tests.unit.ladder import Rung, ladder, named, rung
from tests.unit.market import BUYER, Market


def test_the_tariff_is_a_parcel_a_seller() -> None:
    market = Market(Policy(shipping_base_minor=500, shipping_per_unit_minor=100))
    lines = (
        BasketLine(listing_id="anna-item", quantity=1),
        BasketLine(listing_id="boris-item", quantity=2),
        BasketLine(listing_id="anna-item", quantity=2),
    )
    issue = IssueShippingQuote(quote_id="q", lines=lines, **at(BUYER))
    quoted = (
        QuoteLine(listing_id="anna-item", quantity=1, shipping_minor=267),
        QuoteLine(listing_id="boris-item", quantity=2, shipping_minor=700),
        QuoteLine(listing_id="anna-item", quantity=2, shipping_minor=533),
    )
    issued = ShippingQuoteIssued(
        quote_id="q",
        currency="EUR",
        lines=quoted,
        expires_at=NOW + timedelta(hours=1),
        source="tariff",
    )
    assert market.decide(issue) == [issued]
    assert market.state("shipping_quote-q") == issued


FOREIGN = ListingCreated(
    listing_id="cup", seller_id="carla", title="t", category="c", price=Money(500, "USD")
)
ISSUED = ShippingQuoteIssued(
    quote_id="q",
    currency="EUR",
    lines=(
        QuoteLine(listing_id="pot", quantity=1, shipping_minor=0),
        QuoteLine(listing_id="pot", quantity=2, shipping_minor=70),
    ),
    expires_at=NOW + timedelta(hours=1),
    source="operator",
)
LINES = (
    BasketLine(listing_id="pot", quantity=1),
    BasketLine(listing_id="pot", quantity=2, shipping_minor=70),
)
SET = "Only an operator may set shipping."


def test_what_an_operator_sets_is_quoted_and_nothing_else_is_asked() -> None:
    """Lines that they say nothing of ship for nothing."""
    given(POT).when(IssueShippingQuote(quote_id="q", lines=LINES, **at())).then(ISSUED)


def test_a_tariff_that_does_not_divide_is_split_by_largest_remainder() -> None:
    lines = tuple(BasketLine(listing_id="pot", quantity=quantity) for quantity in (1, 2))
    quoted = [QuoteLine(listing_id="pot", quantity=1, shipping_minor=267)]
    quoted += [QuoteLine(listing_id="pot", quantity=2, shipping_minor=533)]
    issued = msgspec.structs.replace(ISSUED, lines=tuple(quoted), source="tariff")
    issue = IssueShippingQuote(quote_id="q", lines=lines, **at(BUYER))
    given(POT).when(issue).then(issued)


@pytest.mark.parametrize(
    "why",
    ladder(
        lambda: given(POT, FOREIGN, ISSUED, RETIRED),
        IssueShippingQuote(
            quote_id="q",
            lines=(
                BasketLine(listing_id="cup", quantity=1),
                BasketLine(listing_id="nothing", quantity=1, shipping_minor=1),
                BasketLine(listing_id="pot", quantity=1),
            ),
            **at(BUYER),
        ),
        rung(QuoteExists, "quote_id"),
        rung(NotAllowed, "lines[0].shipping_minor", SET, quote_id="q2"),
        rung(ListingUnknown, "lines[1].listing_id", **at()),
        rung(
            ListingIsRetired,
            "lines[1].listing_id",
            lines=tuple(BasketLine(listing_id=of, quantity=1) for of in ("cup", "pot")),
        ),
        rung(
            ForeignCurrency,
            "lines[1].listing_id",
            "All lines of one order have one currency.",
            world=lambda: given(POT, FOREIGN),
        ),
    ),
    ids=named,
)
def test_refusals_in_their_order(why: Rung) -> None:
    why.holds()
