"""Listings, and the search among them."""

from typing import Annotated, Literal

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from eventstore.identity import permission
from projections.models.listing_search import queries as listing_search
from projections.models.listing_search.queries import ListingQuery, SearchResult
from projections.models.listings import queries as listings
from projections.models.listings.queries import ListingView
from read_api.examples import LISTING
from read_api.reader import LIMIT_MAX, Reader
from read_api.route import Topic, query_route

READ = permission("listings:read", "buyer", "seller", "operator", "auditor", "analyst")
OFFSET_MAX = 10_000

type Sort = Literal["price_minor:asc", "price_minor:desc", "title:asc", "title:desc"]
type Facet = Literal["category", "seller_id", "currency", "in_stock"]


@query_route(
    "/v1/listings/search",
    tag="listings",
    permission=READ,
    answer={
        "hits": [{**LISTING, "available": 8, "in_stock": True}],
        "estimatedTotalHits": 1,
        "processingTimeMs": 2,
        "facetDistribution": {"category": {"kitchen": 1}},
    },
)
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
    return reader.answer(await reader.ask(listing_search.search, query))


@query_route(
    "/v1/listings/{listing_id:str}",
    tag="listings",
    permission=READ,
    answer={**LISTING, "available": 8, "reserved": 2, "version": 1},
)
async def get_listing(
    listing_id: FromPath[str], reader: NamedDependency[Reader]
) -> Response[ListingView]:
    """A listing with its stock; `ETag` changes with either."""
    found = await reader.one("listing", listings.listing, listing_id)
    return reader.answer(found, version=found.version)


TOPIC = Topic([search_listings, get_listing])
