"""Searches in the listing index."""

import json
from typing import Any

import httpx
import msgspec

from projections.models.listing_search.index import INDEX
from projections.query import searches
from projections.stores.meilisearch.query import search_in


class ListingHit(msgspec.Struct, frozen=True, kw_only=True):
    listing_id: str
    seller_id: str
    title: str
    category: str
    price_minor: int
    currency: str
    status: str
    available: int
    in_stock: bool


class SearchResult(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    hits: list[ListingHit]
    estimated_total_hits: int
    processing_time_ms: int
    facet_distribution: dict[str, dict[str, int]] = {}


class ListingQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Prices in minor units; `sort` is `price_minor:asc` or `:desc`, `title:asc`, or none."""

    q: str = ""
    category: str | None = None
    seller_id: str | None = None
    price_min: int | None = None
    price_max: int | None = None
    in_stock: bool | None = None
    sort: str | None = None
    facets: list[str] = []
    offset: int = 0
    limit: int = 20


def filter_of(query: ListingQuery) -> list[str]:
    """The index's filter expressions; values are quoted, never spliced."""
    expressions = ['status = "active"']
    if query.category is not None:
        expressions.append(f"category = {json.dumps(query.category, ensure_ascii=False)}")
    if query.seller_id is not None:
        expressions.append(f"seller_id = {json.dumps(query.seller_id)}")
    if query.price_min is not None:
        expressions.append(f"price_minor >= {query.price_min}")
    if query.price_max is not None:
        expressions.append(f"price_minor <= {query.price_max}")
    if query.in_stock is not None:
        expressions.append(f"in_stock = {str(query.in_stock).lower()}")
    return expressions


def search_body(query: ListingQuery) -> dict[str, Any]:
    """The query in the search server's own words."""
    body: dict[str, Any] = {
        "q": query.q,
        "filter": filter_of(query),
        "offset": query.offset,
        "limit": query.limit,
    }
    if query.sort:
        body["sort"] = [query.sort]
    if query.facets:
        body["facets"] = query.facets
    return body


@searches("listing_search")
async def search(client: httpx.AsyncClient, query: ListingQuery) -> SearchResult:
    return await search_in(client, INDEX, search_body(query), SearchResult)
