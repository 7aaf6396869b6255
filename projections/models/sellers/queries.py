"""Queries of the sellers model."""

from typing import Literal

import msgspec
from psycopg.rows import class_row

from projections.query import Connection, reads


class SellerView(msgspec.Struct, frozen=True, kw_only=True):
    seller_id: str
    name: str
    currency: str
    status: Literal["active", "suspended", "blocked"]
    verified: bool
    version: int


class SellerBalance(msgspec.Struct, frozen=True, kw_only=True):
    """Minor units: in escrow, due, owed to us, earned so far, on its way, paid out."""

    seller_id: str
    currency: str
    held_minor: int
    balance_minor: int
    debt_minor: int
    earned_minor: int
    pending_minor: int
    paid_out_minor: int


SELLER = (
    "SELECT seller_id, name, currency,"
    " CASE WHEN status = 'active' AND blocked = 1 THEN 'blocked' ELSE status END AS status,"
    " verified = 1 AS verified, version"
    " FROM rm_sellers.sellers WHERE seller_id = %s"
)
BALANCE = (
    "SELECT seller_id, currency, held_minor, balance_minor, debt_minor, earned_minor,"
    " pending_minor, paid_out_minor FROM rm_sellers.sellers WHERE seller_id = %s"
)


@reads("sellers")
async def seller(connection: Connection, seller_id: str) -> SellerView | None:
    async with connection.cursor(row_factory=class_row(SellerView)) as cursor:
        await cursor.execute(SELLER, [seller_id])
        return await cursor.fetchone()


@reads("sellers")
async def balance(connection: Connection, seller_id: str) -> SellerBalance | None:
    async with connection.cursor(row_factory=class_row(SellerBalance)) as cursor:
        await cursor.execute(BALANCE, [seller_id])
        return await cursor.fetchone()
