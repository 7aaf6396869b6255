"""Listings: what a seller offers, at a price in the seller's currency."""

from commands.amounts import same_currency, within_limits
from commands.refusals import NotYours
from commands.streams.listing.messages import CreateListing, RepriceListing, RetireListing
from commands.streams.listing.refusals import ListingExists
from commands.streams.listing.state import Listing, Offered, offered, owned
from commands.streams.seller.state import Seller, selling
from eventstore.events.base import Event
from eventstore.events.listing import ListingCreated, ListingRepriced, ListingRetired
from eventstore.values import Money


def priced(price: Money, currency: str) -> None:
    same_currency(price.currency, currency, "price.currency")
    within_limits(price.amount_minor, "price.amount_minor")


def create(command: CreateListing, listing: Listing, seller: Seller) -> list[Event]:
    if not command.by.may_act_for_seller(command.seller_id):
        raise NotYours(field="seller_id")
    if isinstance(listing, Offered):
        raise ListingExists(field="listing_id")
    priced(command.price, selling(seller).currency)
    return [
        ListingCreated(
            listing_id=command.listing_id,
            seller_id=command.seller_id,
            title=command.title,
            category=command.category,
            price=command.price,
        )
    ]


def reprice(command: RepriceListing, listing: Listing) -> list[Event]:
    current = offered(listing)
    owned(current, command.by)
    priced(command.price, current.price.currency)
    if command.price == current.price:
        return []
    return [ListingRepriced(listing_id=command.listing_id, price=command.price)]


def retire(command: RetireListing, listing: Listing) -> list[Event]:
    owned(offered(listing), command.by)
    return [ListingRetired(listing_id=command.listing_id, reason=command.reason)]
