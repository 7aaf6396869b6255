"""Handlers of sellers, listings, stock and shipping quotes."""

from commands.command import Policy
from commands.decision import Decision, only
from commands.listing import decider as listing
from commands.listing.messages import CreateListing, RepriceListing, RetireListing
from commands.seller import decider as seller
from commands.seller.messages import RegisterSeller, SuspendSeller
from commands.shipping_quote import decider as shipping_quote
from commands.shipping_quote.messages import IssueShippingQuote
from commands.states import States
from commands.stock import decider as stock
from commands.stock.messages import ReceiveStock
from eventstore.events.shipping_quote import ShippingQuoteIssued


def register_seller(command: RegisterSeller, states: States, _: Policy) -> Decision:
    state = states.seller(command.seller_id, new=True)
    return seller.register(command, state), {"seller_id": command.seller_id}


def suspend_seller(command: SuspendSeller, states: States, _: Policy) -> Decision:
    state = states.seller(command.seller_id)
    return seller.suspend(command, state), {"seller_id": command.seller_id}


def create_listing(command: CreateListing, states: States, _: Policy) -> Decision:
    events = listing.create(
        command, states.listing(command.listing_id, new=True), states.seller(command.seller_id)
    )
    return events, {"listing_id": command.listing_id}


def reprice_listing(command: RepriceListing, states: States, _: Policy) -> Decision:
    events = listing.reprice(command, states.listing(command.listing_id))
    return events, {"listing_id": command.listing_id, "price": command.price}


def retire_listing(command: RetireListing, states: States, _: Policy) -> Decision:
    events = listing.retire(command, states.listing(command.listing_id))
    return events, {"listing_id": command.listing_id}


def receive_stock(command: ReceiveStock, states: States, _: Policy) -> Decision:
    state = states.stock(command.listing_id)
    events = stock.receive(command, state, states.listing(command.listing_id))
    available = state.available + command.quantity
    return events, {"listing_id": command.listing_id, "available": available}


def issue_shipping_quote(command: IssueShippingQuote, states: States, policy: Policy) -> Decision:
    events = shipping_quote.issue(
        command,
        states.quote(command.quote_id, new=True),
        [states.listing(line.listing_id) for line in command.lines],
        policy,
    )
    issued = only(events, ShippingQuoteIssued)
    total = sum(line.shipping_minor for line in issued.lines)
    return events, {
        "quote_id": issued.quote_id,
        "shipping": {"amount_minor": total, "currency": issued.currency},
        "lines": issued.lines,
        "expires_at": issued.expires_at,
    }
