"""Queries of the audit trail."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

type Connection = AsyncConnection[tuple[Any, ...]]


class AuditEvent(msgspec.Struct, frozen=True, kw_only=True):
    position: int
    stream: str
    version: int
    name: str
    actor: str
    command_id: str
    correlation_id: str
    causation_id: str
    occurred_at: datetime
    recorded_at: datetime


class AuditFilter(msgspec.Struct, frozen=True, kw_only=True):
    actor: str | None = None
    name: str | None = None
    stream: str | None = None
    correlation_id: str | None = None
    command_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


LIST = (
    "SELECT position, stream, version, name, actor, command_id, correlation_id, causation_id,"
    " occurred_at, recorded_at FROM rm_audit.audit_events WHERE position > %(after)s"
    " AND (%(actor)s::text IS NULL OR actor = %(actor)s)"
    " AND (%(name)s::text IS NULL OR name = %(name)s)"
    " AND (%(stream)s::text IS NULL OR stream = %(stream)s)"
    " AND (%(correlation_id)s::text IS NULL OR correlation_id = %(correlation_id)s)"
    " AND (%(command_id)s::text IS NULL OR command_id = %(command_id)s)"
    " AND (%(since)s::timestamptz IS NULL OR recorded_at >= %(since)s)"
    " AND (%(until)s::timestamptz IS NULL OR recorded_at < %(until)s)"
    " ORDER BY position LIMIT %(limit)s"
)


async def events(
    connection: Connection, wanted: AuditFilter, *, after: int, limit: int
) -> Sequence[AuditEvent]:
    """In the order of the log."""
    values = msgspec.structs.asdict(wanted) | {"after": after, "limit": limit}
    async with connection.cursor(row_factory=class_row(AuditEvent)) as cursor:
        await cursor.execute(LIST, values)
        return await cursor.fetchall()
