"""Queries of the sessions model."""

from datetime import datetime

import msgspec
from psycopg.rows import class_row

from projections.query import Connection, reads

SHOWN_MAX = 100


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """`reason` is why it ended."""

    session_id: str
    surface: str
    seller_id: str
    method: str
    started_at: datetime
    ended_at: datetime | None
    reason: str | None


OF_ACCOUNT = (
    "SELECT session_id, surface, seller_id, method, started_at, ended_at, reason"
    " FROM rm_sessions.sessions WHERE account_id = %s"
    " ORDER BY ended_at IS NOT NULL, started_at DESC, session_id LIMIT %s"
)


@reads("sessions")
async def of_account(connection: Connection, account_id: str) -> list[SessionView]:
    """The open ones first, the newest first of each."""
    async with connection.cursor(row_factory=class_row(SessionView)) as cursor:
        await cursor.execute(OF_ACCOUNT, [account_id, SHOWN_MAX])
        return await cursor.fetchall()
