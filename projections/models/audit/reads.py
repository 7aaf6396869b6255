"""The trail of those who read the trail, persons or the books, or would have."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from psycopg.rows import class_row

from projections.query import Connection
from projections.query import reads as of_models


class AuditRead(msgspec.Struct, frozen=True, kw_only=True):
    """`reader` is role and subject, such as `auditor:anna`; `refused` the problem that was answered
    instead, if one was.
    """

    read_id: int
    read_at: datetime
    reader: str
    path: str
    query: str
    refused: str


RECORD = (
    "INSERT INTO projection.audit_read (read_at, reader, path, query, refused)"
    " VALUES (%s, %s, %s, %s, %s)"
)
LIST = (
    "SELECT read_id, read_at, reader, path, query, refused FROM projection.audit_read"
    " WHERE read_id > %(after)s AND (%(reader)s::text IS NULL OR reader = %(reader)s)"
    " ORDER BY read_id LIMIT %(limit)s"
)


async def record(
    connection: Connection, at: datetime, reader: str, path: str, query: str, refused: str = ""
) -> None:
    """Committed before the read is answered."""
    await connection.execute(RECORD, [at, reader, path, query, refused])


@of_models()
async def reads(
    connection: Connection, reader: str | None, after: int, limit: int
) -> Sequence[AuditRead]:
    """In the order of reading."""
    async with connection.cursor(row_factory=class_row(AuditRead)) as cursor:
        await cursor.execute(LIST, {"after": after, "reader": reader, "limit": limit})
        return await cursor.fetchall()
