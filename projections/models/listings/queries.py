"""Queries of the listings model."""

import msgspec
from psycopg.rows import class_row

from projections.query import Connection, reads


class ListingView(msgspec.Struct, frozen=True, kw_only=True):
    listing_id: str
    seller_id: str
    title: str
    category: str
    price_minor: int
    currency: str
    status: str
    available: int
    reserved: int
    version: int


LISTING = (
    "SELECT listing_id, seller_id, title, category, price_minor, currency, status, available,"
    " reserved, version FROM rm_listings.listings WHERE listing_id = %s"
)


@reads("listings")
async def listing(connection: Connection, listing_id: str) -> ListingView | None:
    async with connection.cursor(row_factory=class_row(ListingView)) as cursor:
        await cursor.execute(LISTING, [listing_id])
        return await cursor.fetchone()
