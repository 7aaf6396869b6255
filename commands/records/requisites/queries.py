"""What sellers say of who they are."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from psycopg import AsyncConnection

from eventstore.events.seller_verification import SellerKind

type Connection = AsyncConnection[tuple[Any, ...]]

UNSAID_FOR = timedelta(days=1)

ADD = (
    "INSERT INTO requisites.details (details_id, seller_id, kind, name, inn, ogrn, kpp, bik,"
    " bank_account, made_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
OF = (
    "SELECT details_id, seller_id, kind, name, inn, ogrn, kpp, bik, bank_account"
    " FROM requisites.details WHERE details_id = %s"
)
# What the log did not take.
EXPIRE = (
    "DELETE FROM requisites.details WHERE made_at < %s AND NOT EXISTS (SELECT FROM stored_events"
    " WHERE originator_id = 'seller_verification-' || seller_id"
    " AND convert_from(state, 'UTF8')::jsonb -> 'data' ->> 'details_id' = details_id)"
)
# Those that were asked about last, longest ago first: of sellers whom the register has answered.
STALE = (
    "SELECT seller_id FROM (SELECT DISTINCT ON (originator_id)"
    "  substr(originator_id, length('seller_verification-') + 1) AS seller_id, topic,"
    "  (convert_from(state, 'UTF8')::jsonb ->> 'recorded_at')::timestamptz AS at"
    "  FROM stored_events WHERE originator_id LIKE 'seller\\_verification-%%'"
    "  ORDER BY originator_id, originator_version DESC) AS last"
    " WHERE topic = 'seller_verification.checked.v1' AND at < %s ORDER BY at LIMIT %s"
)


class Details(msgspec.Struct, frozen=True, kw_only=True):
    details_id: str
    seller_id: str
    kind: SellerKind
    name: str
    inn: str
    ogrn: str
    kpp: str
    bik: str
    bank_account: str


async def add(connection: Connection, details: Details, now: datetime) -> None:
    await connection.execute(ADD, [*msgspec.structs.astuple(details), now])


async def of(connection: Connection, details_id: str) -> Details | None:
    row = await (await connection.execute(OF, [details_id])).fetchone()
    return Details(**dict(zip(Details.__struct_fields__, row, strict=True))) if row else None


async def stale(connection: Connection, before: datetime, most: int) -> list[str]:
    """Sellers who were last checked before that."""
    rows = await (await connection.execute(STALE, [before, most])).fetchall()
    return [str(row[0]) for row in rows]


async def expire(connection: Connection, now: datetime) -> int:
    return (await connection.execute(EXPIRE, [now - UNSAID_FOR])).rowcount
