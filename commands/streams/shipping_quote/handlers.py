"""Handlers of shipping quotes."""

from collections.abc import Sequence

from commands.command import Policy
from commands.stream import Decision, States, Stream, only
from commands.streams.listing.state import LISTING
from commands.streams.shipping_quote import decider
from commands.streams.shipping_quote.messages import (
    IssueShippingQuote,
    QuoteAnswer,
    QuotedLine,
)
from commands.streams.shipping_quote.state import QUOTE
from eventstore.events.shipping_quote import ShippingQuoteIssued
from eventstore.values import Money


def issue(command: IssueShippingQuote, states: States, policy: Policy) -> Decision:
    events = decider.issue(
        command,
        states.of(QUOTE, command.quote_id, new=True),
        [states.of(LISTING, line.listing_id) for line in command.lines],
        policy,
    )
    return events, _answer(only(events, ShippingQuoteIssued))


def _answer(issued: ShippingQuoteIssued) -> QuoteAnswer:
    total = sum(line.shipping_minor for line in issued.lines)
    return QuoteAnswer(
        quote_id=issued.quote_id,
        shipping=Money(total, issued.currency),
        lines=tuple(
            QuotedLine(
                listing_id=line.listing_id,
                quantity=line.quantity,
                shipping_minor=line.shipping_minor,
            )
            for line in issued.lines
        ),
        expires_at=issued.expires_at,
    )


def _quoted(command: IssueShippingQuote) -> Sequence[str]:
    return [LISTING.name(line.listing_id) for line in command.lines]


STREAM = Stream(
    fold=QUOTE,
    handlers={IssueShippingQuote: issue},
    reads={IssueShippingQuote: _quoted},
)
