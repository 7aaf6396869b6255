"""Queries of the escrow model."""

import msgspec

from projections.query import Connection, reads


class EscrowView(msgspec.Struct, frozen=True, kw_only=True):
    """Minor units: funded = held + released + returned - charged back (of what was released)."""

    order_id: str
    seller_id: str
    currency: str
    held_minor: int
    funded_minor: int
    released_minor: int
    returned_minor: int
    charged_back_minor: int


TOTALS = (
    "SELECT currency, sum(held_minor)::bigint, sum(released_minor)::bigint,"
    " sum(returned_minor)::bigint FROM rm_escrow.escrow_balances GROUP BY currency"
)


@reads("escrow")
async def totals(connection: Connection) -> dict[str, tuple[int, int, int]]:
    """Held, released and returned by currency."""
    cursor = await connection.execute(TOTALS)
    return {
        currency: (held, released, returned)
        for currency, held, released, returned in await cursor.fetchall()
    }
