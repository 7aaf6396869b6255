"""Listings, search and sellers."""

from typing import Annotated, Literal

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from projections.history import queries as history
from projections.listing_search import queries as listing_search
from projections.listing_search.queries import ListingQuery, SearchResult
from projections.listings import queries as listings
from projections.listings.queries import ListingView
from projections.payouts import queries as payouts
from projections.payouts.queries import PayoutView
from projections.sellers import queries as sellers
from projections.sellers.queries import SellerBalance, SellerView
from read_api.past import AsOfText, as_of_or_now
from read_api.reader import (
    LIMIT,
    LIMIT_MAX,
    SEEN_ALL,
    Page,
    Reader,
    cursor_of,
    not_found,
    read_cursor,
)

type Sort = Literal["price_minor:asc", "price_minor:desc", "title:asc", "title:desc"]
type Facet = Literal["category", "seller_id", "currency", "in_stock"]

OFFSET_MAX = 10_000


@get("/v1/listings/search", tags=["listings"])
async def search_listings(
    reader: NamedDependency[Reader],
    q: Annotated[str, QueryParameter(max_length=200)] = "",
    category: Annotated[str | None, QueryParameter(max_length=500)] = None,
    seller_id: Annotated[str | None, QueryParameter(max_length=64)] = None,
    price_min: Annotated[int | None, QueryParameter(ge=0, le=10**12)] = None,
    price_max: Annotated[int | None, QueryParameter(ge=0, le=10**12)] = None,
    in_stock: FromQuery[bool | None] = None,
    sort: FromQuery[Sort | None] = None,
    facets: FromQuery[list[Facet] | None] = None,
    offset: Annotated[int, QueryParameter(ge=0, le=OFFSET_MAX)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = 20,
) -> Response[SearchResult]:
    """Typo-tolerant search among active listings; prices in minor units."""
    await reader.fresh("listing_search")
    query = ListingQuery(
        q=q,
        category=category,
        seller_id=seller_id,
        price_min=price_min,
        price_max=price_max,
        in_stock=in_stock,
        sort=sort,
        facets=list(facets or []),
        offset=offset,
        limit=limit,
    )
    result = await listing_search.search(reader.services.search, query)
    return reader.answer(result)


@get("/v1/listings/{listing_id:str}", tags=["listings"])
async def get_listing(
    listing_id: FromPath[str], reader: NamedDependency[Reader]
) -> Response[ListingView]:
    """A listing with its stock; `ETag` changes with either."""
    await reader.fresh("listings")
    async with reader.connection() as connection:
        found = await listings.listing(connection, listing_id)
    if found is None:
        raise not_found("listing")
    return reader.answer(found, version=found.version)


@get("/v1/sellers/{seller_id:str}", tags=["sellers"])
async def get_seller(
    seller_id: FromPath[str], reader: NamedDependency[Reader]
) -> Response[SellerView]:
    """A seller as everyone may see it."""
    await reader.fresh("sellers")
    async with reader.connection() as connection:
        found = await sellers.seller(connection, seller_id)
    if found is None:
        raise not_found("seller")
    return reader.answer(found, version=found.version)


@get("/v1/sellers/{seller_id:str}/balance", tags=["sellers"])
async def get_balance(
    seller_id: FromPath[str],
    reader: NamedDependency[Reader],
    as_of: AsOfText = None,
    known_at: AsOfText = None,
) -> Response[SellerBalance]:
    """A seller's money: held, due, owed, on its way, paid out.

    `as_of` and `known_at`, each a log position or an ISO 8601 time, ask for the balance as it
    was, by what was known: folded from the log.
    """
    reader.must_be("seller", "operator", "auditor")
    past = as_of_or_now(as_of, known_at)
    await reader.fresh("sellers" if past is None else "audit")
    if reader.role == "seller" and reader.subject != seller_id:
        raise not_found("seller")
    async with reader.connection() as connection:
        if past is None:
            found = await sellers.balance(connection, seller_id)
        else:
            found = await history.seller_balance(connection, seller_id, past)
    if found is None:
        raise not_found("seller")
    return reader.answer(found)


@get("/v1/payouts", tags=["payouts"])
async def list_payouts(
    reader: NamedDependency[Reader],
    seller_id: Annotated[str | None, QueryParameter(max_length=64)] = None,
    cursor: Annotated[str | None, QueryParameter(max_length=100)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT,
) -> Response[Page[PayoutView]]:
    """Payouts, newest first; a seller sees their own."""
    reader.must_be("seller", "operator", "auditor")
    await reader.fresh("payouts")
    (before,) = read_cursor(cursor, (SEEN_ALL,))
    wanted = reader.subject if reader.role == "seller" else seller_id
    async with reader.connection() as connection:
        found = await payouts.payouts(connection, before=before, limit=limit, seller_id=wanted)
    more = cursor_of(found[-1].position) if len(found) == limit else None
    return reader.answer(Page(list(found), more))


@get("/v1/payouts/{payout_id:str}", tags=["payouts"])
async def get_payout(
    payout_id: FromPath[str], reader: NamedDependency[Reader]
) -> Response[PayoutView]:
    """A payout: requested, sent, settled, failed or bounced."""
    reader.must_be("seller", "operator", "auditor")
    await reader.fresh("payouts")
    async with reader.connection() as connection:
        found = await payouts.payout(connection, payout_id)
    if found is None or (reader.role == "seller" and found.seller_id != reader.subject):
        raise not_found("payout")
    return reader.answer(found)


ROUTES = [search_listings, get_listing, get_seller, get_balance, list_payouts, get_payout]
