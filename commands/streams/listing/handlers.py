"""Handlers of listings."""

from commands.command import Policy
from commands.stream import Decision, States, Stream
from commands.streams.listing import decider
from commands.streams.listing.messages import (
    CreateListing,
    ListingAnswer,
    PriceAnswer,
    RepriceListing,
    RetireListing,
)
from commands.streams.listing.state import LISTING
from commands.streams.seller.state import SELLER


def create(command: CreateListing, states: States, _: Policy) -> Decision:
    listing = states.of(LISTING, command.listing_id, new=True)
    events = decider.create(command, listing, states.of(SELLER, command.seller_id))
    return events, ListingAnswer(listing_id=command.listing_id)


def reprice(command: RepriceListing, states: States, _: Policy) -> Decision:
    events = decider.reprice(command, states.of(LISTING, command.listing_id))
    return events, PriceAnswer(listing_id=command.listing_id, price=command.price)


def retire(command: RetireListing, states: States, _: Policy) -> Decision:
    events = decider.retire(command, states.of(LISTING, command.listing_id))
    return events, ListingAnswer(listing_id=command.listing_id)


STREAM = Stream(
    fold=LISTING,
    handlers={CreateListing: create, RepriceListing: reprice, RetireListing: retire},
)
