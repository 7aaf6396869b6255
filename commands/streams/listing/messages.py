"""What can be asked of a listing's stream."""

from commands.command import Answer, Command
from eventstore.values import Money


class CreateListing(Command, frozen=True, kw_only=True):
    listing_id: str
    seller_id: str
    title: str
    category: str
    price: Money


class RepriceListing(Command, frozen=True, kw_only=True):
    listing_id: str
    price: Money


class RetireListing(Command, frozen=True, kw_only=True):
    listing_id: str
    reason: str


class ListingAnswer(Answer, frozen=True, kw_only=True):
    listing_id: str


class PriceAnswer(Answer, frozen=True, kw_only=True):
    listing_id: str
    price: Money
