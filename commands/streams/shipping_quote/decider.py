"""Shipping quotes: what the system asks for a basket, valid for a while."""

from collections.abc import Sequence
from datetime import timedelta

from commands.command import Policy
from commands.refusals import ForeignCurrency, NotAllowed
from commands.streams.listing.state import Listing, Offered, offered
from commands.streams.shipping_quote.messages import IssueShippingQuote
from commands.streams.shipping_quote.refusals import QuoteExists
from commands.streams.shipping_quote.state import NoQuote, Quote
from eventstore.events.base import Event
from eventstore.events.shipping_quote import QuoteLine, ShippingQuoteIssued
from eventstore.values import split_by_largest_remainder


def issue(
    command: IssueShippingQuote, quote: Quote, listings: Sequence[Listing], policy: Policy
) -> list[Event]:
    if not isinstance(quote, NoQuote):
        raise QuoteExists(field="quote_id")
    given = [line.shipping_minor for line in command.lines]
    by_operator = any(amount is not None for amount in given)
    if by_operator and not command.by.runs_the_marketplace:
        raise NotAllowed("Only an operator may set shipping.", field="lines[0].shipping_minor")
    offers = [
        offered(listing, f"lines[{index}].listing_id") for index, listing in enumerate(listings)
    ]
    currency = offers[0].price.currency
    for index, offer in enumerate(offers):
        if offer.price.currency != currency:
            raise ForeignCurrency(
                "All lines of one order have one currency.", field=f"lines[{index}].listing_id"
            )
    amounts = [amount or 0 for amount in given] if by_operator else _tariff(command, offers, policy)
    return [
        ShippingQuoteIssued(
            quote_id=command.quote_id,
            currency=currency,
            lines=tuple(
                QuoteLine(listing_id=line.listing_id, quantity=line.quantity, shipping_minor=amount)
                for line, amount in zip(command.lines, amounts, strict=True)
            ),
            expires_at=command.now + timedelta(seconds=policy.quote_validity_s),
            source="operator" if by_operator else "tariff",
        )
    ]


def _tariff(command: IssueShippingQuote, offers: Sequence[Offered], policy: Policy) -> list[int]:
    """A parcel per seller: a base and so much per unit, split over its lines by quantity."""
    amounts = [0] * len(offers)
    for seller_id in dict.fromkeys(offer.seller_id for offer in offers):
        indices = [i for i, offer in enumerate(offers) if offer.seller_id == seller_id]
        quantities = [command.lines[i].quantity for i in indices]
        parcel = policy.shipping_base_minor + policy.shipping_per_unit_minor * sum(quantities)
        for i, share in zip(indices, split_by_largest_remainder(parcel, quantities), strict=True):
            amounts[i] = share
    return amounts
