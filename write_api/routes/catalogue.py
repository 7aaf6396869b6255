"""Sellers, listings, stock and shipping quotes."""

from http import HTTPStatus

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from commands.streams.listing.messages import CreateListing, RepriceListing, RetireListing
from commands.streams.seller.messages import RegisterSeller, SuspendSeller
from commands.streams.shipping_quote.messages import BasketLine, IssueShippingQuote
from commands.streams.stock.messages import ReceiveStock
from eventstore.events.listing import listing_stream
from eventstore.values import Money
from write_api.answers import answer, created
from write_api.bodies import (
    Amount,
    ListingBody,
    PriceBody,
    QuoteBody,
    ReasonBody,
    SellerBody,
    StockBody,
)
from write_api.caller import Caller

CREATED = HTTPStatus.CREATED
OK = HTTPStatus.OK


def money(amount: Amount) -> Money:
    return Money(amount.amount_minor, amount.currency)


@post("/v1/sellers", status_code=CREATED, tags=["sellers"])
async def register_seller(
    data: JSONBody[SellerBody], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Register a seller (operators). The currency is the one the seller trades in."""
    command = RegisterSeller(
        by=caller.by,
        seller_id=caller.new_id(data.seller_id),
        name=data.name,
        currency=data.currency,
        commission_rate_bps=data.commission_rate_bps,
        payout_destination=data.payout_destination,
        **caller.times(data),
    )
    return created(await caller.send(command, f"seller-{command.seller_id}"))


@post("/v1/sellers/{seller_id:str}/suspend", status_code=OK, tags=["sellers"])
async def suspend_seller(
    seller_id: FromPath[str], data: JSONBody[ReasonBody], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Suspend a seller (operators): no more sales, open orders go on."""
    command = SuspendSeller(
        by=caller.by, seller_id=seller_id, reason=data.reason, **caller.times(data)
    )
    return answer(await caller.send(command, f"seller-{seller_id}"))


@post("/v1/listings", status_code=CREATED, tags=["listings"])
async def create_listing(
    data: JSONBody[ListingBody], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Offer something for sale (the seller, or an operator)."""
    command = CreateListing(
        by=caller.by,
        listing_id=caller.new_id(data.listing_id),
        seller_id=data.seller_id,
        title=data.title,
        category=data.category,
        price=money(data.price),
        **caller.times(data),
    )
    return created(await caller.send(command, listing_stream(command.listing_id)))


@post("/v1/listings/{listing_id:str}/price", status_code=OK, tags=["listings"])
async def reprice_listing(
    listing_id: FromPath[str], data: JSONBody[PriceBody], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Change the price of orders to come. Honours If-Match."""
    command = RepriceListing(
        by=caller.by, listing_id=listing_id, price=money(data.price), **caller.times(data)
    )
    stream = listing_stream(listing_id)
    return answer(await caller.send(command, stream, stream))


@post("/v1/listings/{listing_id:str}/retire", status_code=OK, tags=["listings"])
async def retire_listing(
    listing_id: FromPath[str], data: JSONBody[ReasonBody], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """End the sale for good. Honours If-Match."""
    command = RetireListing(
        by=caller.by, listing_id=listing_id, reason=data.reason, **caller.times(data)
    )
    stream = listing_stream(listing_id)
    return answer(await caller.send(command, stream, stream))


@post("/v1/listings/{listing_id:str}/stock", status_code=OK, tags=["listings"])
async def receive_stock(
    listing_id: FromPath[str], data: JSONBody[StockBody], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """Add units that can be sold."""
    command = ReceiveStock(
        by=caller.by, listing_id=listing_id, quantity=data.quantity, **caller.times(data)
    )
    return answer(await caller.send(command, listing_stream(listing_id)))


@post("/v1/shipping-quotes", status_code=CREATED, tags=["orders"])
async def issue_shipping_quote(
    data: JSONBody[QuoteBody], caller: NamedDependency[Caller]
) -> Response[bytes]:
    """What shipping a basket costs, by the tariff; operators may give the amounts."""
    command = IssueShippingQuote(
        by=caller.by,
        quote_id=caller.new_id(data.quote_id),
        lines=tuple(
            BasketLine(
                listing_id=line.listing_id,
                quantity=line.quantity,
                shipping_minor=line.shipping_minor,
            )
            for line in data.lines
        ),
        **caller.times(data),
    )
    return created(await caller.send(command, f"shipping_quote-{command.quote_id}"))


ROUTES = [
    register_seller,
    suspend_seller,
    create_listing,
    reprice_listing,
    retire_listing,
    receive_stock,
    issue_shipping_quote,
]
