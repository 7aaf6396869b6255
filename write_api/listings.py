"""Listings and their stock."""

from http import HTTPStatus

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from commands.streams.listing.messages import (
    CreateListing,
    ListingAnswer,
    PriceAnswer,
    RepriceListing,
    RetireListing,
)
from commands.streams.stock.messages import ReceiveStock, StockAnswer
from eventstore.events.listing import listing_stream
from eventstore.identity import permission
from write_api.bodies import (
    CATEGORY_BYTES_MAX,
    TITLE_BYTES_MAX,
    Amount,
    Body,
    Category,
    Id,
    KnownId,
    Quantity,
    ReasonBody,
    Title,
    fits,
)
from write_api.caller import Caller
from write_api.route import Topic, command_route

OFFER = permission("listings:offer", "seller", "operator", members=("owner", "manager"))


class ListingBody(Body, frozen=True, kw_only=True):
    seller_id: KnownId
    title: Title
    category: Category
    price: Amount
    listing_id: Id | None = None

    def __post_init__(self) -> None:
        fits("title", self.title, TITLE_BYTES_MAX)
        fits("category", self.category, CATEGORY_BYTES_MAX)


class PriceBody(Body, frozen=True, kw_only=True):
    price: Amount


class StockBody(Body, frozen=True, kw_only=True):
    quantity: Quantity


@command_route(
    "/v1/listings",
    tag="listings",
    permission=OFFER,
    status=HTTPStatus.CREATED,
    request={
        "listing_id": "teapot",
        "seller_id": "anna",
        "title": "Blue teapot",
        "category": "kitchen",
        "price": {"amount_minor": 4500, "currency": "EUR"},
    },
)
async def create_listing(
    data: JSONBody[ListingBody], caller: NamedDependency[Caller]
) -> Response[ListingAnswer]:
    """Offer something for sale (the seller, or an operator)."""
    command = CreateListing(
        listing_id=caller.new_id(data.listing_id),
        seller_id=data.seller_id,
        title=data.title,
        category=data.category,
        price=data.price.money,
        **caller.asks(data),
    )
    return await caller.send(command, listing_stream(command.listing_id))


@command_route(
    "/v1/listings/{listing_id:str}/price",
    tag="listings",
    permission=OFFER,
    request={"price": {"amount_minor": 9500, "currency": "EUR"}},
)
async def reprice_listing(
    listing_id: FromPath[str], data: JSONBody[PriceBody], caller: NamedDependency[Caller]
) -> Response[PriceAnswer]:
    """Change the price of orders to come. Honours If-Match."""
    command = RepriceListing(listing_id=listing_id, price=data.price.money, **caller.asks(data))
    return await caller.send(command, listing_stream(listing_id), if_match=True)


@command_route(
    "/v1/listings/{listing_id:str}/retire",
    tag="listings",
    permission=OFFER,
    request={"reason": "no longer made"},
)
async def retire_listing(
    listing_id: FromPath[str], data: JSONBody[ReasonBody], caller: NamedDependency[Caller]
) -> Response[ListingAnswer]:
    """End the sale for good. Honours If-Match."""
    command = RetireListing(listing_id=listing_id, reason=data.reason, **caller.asks(data))
    return await caller.send(command, listing_stream(listing_id), if_match=True)


@command_route(
    "/v1/listings/{listing_id:str}/stock",
    tag="listings",
    permission=OFFER,
    request={"quantity": 10},
)
async def receive_stock(
    listing_id: FromPath[str], data: JSONBody[StockBody], caller: NamedDependency[Caller]
) -> Response[StockAnswer]:
    """Add units that can be sold."""
    command = ReceiveStock(listing_id=listing_id, quantity=data.quantity, **caller.asks(data))
    return await caller.send(command, listing_stream(listing_id))


TOPIC = Topic([create_listing, reprice_listing, retire_listing, receive_stock])
