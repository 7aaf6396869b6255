"""Queries of the escrow model."""

from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

type Connection = AsyncConnection[tuple[Any, ...]]


class EscrowView(msgspec.Struct, frozen=True, kw_only=True):
    """Minor units: funded = held + released + returned."""

    order_id: str
    seller_id: str
    currency: str
    held_minor: int
    funded_minor: int
    released_minor: int
    returned_minor: int


OF_ORDER = (
    "SELECT order_id, seller_id, currency, held_minor, funded_minor, released_minor,"
    " returned_minor FROM rm_escrow.escrow_balances WHERE order_id = %s ORDER BY seller_id"
)
TOTALS = (
    "SELECT currency, sum(held_minor)::bigint, sum(released_minor)::bigint,"
    " sum(returned_minor)::bigint FROM rm_escrow.escrow_balances GROUP BY currency"
)


async def of_order(connection: Connection, order_id: str) -> Sequence[EscrowView]:
    async with connection.cursor(row_factory=class_row(EscrowView)) as cursor:
        await cursor.execute(OF_ORDER, [order_id])
        return await cursor.fetchall()


async def totals(connection: Connection) -> dict[str, tuple[int, int, int]]:
    """Held, released and returned by currency."""
    cursor = await connection.execute(TOTALS)
    return {
        currency: (held, released, returned)
        for currency, held, released, returned in await cursor.fetchall()
    }
