"""What a shipping quote remembers: all of it, until it is over."""

from datetime import datetime

import msgspec

from commands.stream import Fold
from commands.streams.shipping_quote.refusals import QuoteExpired, QuoteUnknown
from eventstore.events.base import Event
from eventstore.events.shipping_quote import ShippingQuoteIssued, shipping_quote_stream


class NoQuote(msgspec.Struct, frozen=True, gc=False):
    pass


type Quote = NoQuote | ShippingQuoteIssued

INITIAL = NoQuote()


def evolve(quote: Quote, event: Event) -> Quote:
    match quote, event:
        case NoQuote(), ShippingQuoteIssued():
            return event
        case _:
            raise AssertionError(f"the log is broken: {event} after {quote}")


def valid(quote: Quote, now: datetime) -> ShippingQuoteIssued:
    if isinstance(quote, NoQuote):
        raise QuoteUnknown(field="shipping_quote_id")
    if now >= quote.expires_at:
        raise QuoteExpired(field="shipping_quote_id")
    return quote


QUOTE: Fold[Quote] = Fold("shipping_quote", shipping_quote_stream, INITIAL, evolve)
