"""Queries of people of sellers."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from psycopg.rows import class_row

from eventstore.identity import Member
from projections.query import Connection, reads


class MemberView(msgspec.Struct, frozen=True, kw_only=True):
    account_id: str
    member: Member
    since: datetime


MEMBERS = (
    "SELECT account_id, member, since FROM rm_members.members"
    " WHERE seller_id = %s AND member IS NOT NULL ORDER BY since, account_id LIMIT 1000"
)


@reads("members")
async def members(connection: Connection, seller_id: str) -> Sequence[MemberView]:
    """The longest-serving first."""
    async with connection.cursor(row_factory=class_row(MemberView)) as cursor:
        await cursor.execute(MEMBERS, [seller_id])
        return await cursor.fetchall()
