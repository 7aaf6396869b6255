"""Queries of the audit trail."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from psycopg.rows import class_row

from eventstore.identity import STAFF
from projections.query import Connection, reads


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
    """All that are given must hold; `since` and `until` (exclusive) are recording times.

    `name` is a stored name, `action` one without its version; `target` is `order:ID` and the
    like, and finds what was done to it in any stream.
    """

    actor: str | None = None
    name: str | None = None
    action: str | None = None
    target: str | None = None
    stream: str | None = None
    correlation_id: str | None = None
    command_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


COLUMNS = (
    "position, stream, version, name, actor, command_id, correlation_id, causation_id,"
    " occurred_at, recorded_at"
)
CONDITIONS = {
    "actor": "actor = %(actor)s",
    "name": "name = %(name)s",
    "action": "name LIKE %(action)s",
    "target": (
        "position IN (SELECT position FROM rm_audit.event_targets WHERE target = %(target)s"
        " UNION ALL SELECT position FROM rm_audit.audit_events WHERE stream = %(target_stream)s)"
    ),
    "stream": "stream = %(stream)s",
    "correlation_id": "correlation_id = %(correlation_id)s",
    "command_id": "command_id = %(command_id)s",
    "since": "recorded_at >= %(since)s",
    "until": "recorded_at < %(until)s",
}
POSITIONS = (
    "SELECT position FROM rm_audit.event_targets WHERE target = %(target)s"
    " UNION SELECT position FROM rm_audit.audit_events WHERE stream = %(target_stream)s"
    " ORDER BY position"
)
CORRELATED = (
    "SELECT position FROM rm_audit.audit_events WHERE correlation_id = ANY(%s) AND name = ANY(%s)"
    " ORDER BY position"
)


# A command's events stand together in the log: the first has no other of it in front.
OF_STAFF = f"split_part(actor, ':', 1) IN ({', '.join(f"'{role}'" for role in STAFF)})"
BY_STAFF = (
    f"{OF_STAFF} AND NOT EXISTS (SELECT 1 FROM rm_audit.audit_events AS before"  # noqa: S608 - ours
    " WHERE before.position = audit_events.position - 1"
    " AND before.command_id = audit_events.command_id)"
)
OF_COMMANDS = (
    "SELECT position, command_id FROM rm_audit.audit_events WHERE command_id = ANY(%s)"
    " ORDER BY position"
)


def stream_of(target: str) -> str:
    """`order:ID` has the stream `order-ID`."""
    kind, _, identity = target.partition(":")
    return f"{kind}-{identity}"


@reads("audit")
async def events(
    connection: Connection, wanted: AuditFilter, *, after: int, limit: int
) -> Sequence[AuditEvent]:
    """In the order of the log."""
    return await _events(connection, wanted, "", after=after, limit=limit)


@reads("audit")
async def by_staff(
    connection: Connection, wanted: AuditFilter, *, after: int, limit: int
) -> Sequence[AuditEvent]:
    """The first event of each command that staff gave, in the order of the log."""
    return await _events(connection, wanted, f" AND {BY_STAFF}", after=after, limit=limit)


async def of_commands(
    connection: Connection, command_ids: Sequence[str]
) -> Mapping[str, Sequence[int]]:
    """The positions of all events of each of these commands."""
    cursor = await connection.execute(OF_COMMANDS, [list(command_ids)])
    found: dict[str, list[int]] = {}
    for position, command_id in await cursor.fetchall():
        found.setdefault(command_id, []).append(int(position))
    return found


async def _events(
    connection: Connection, wanted: AuditFilter, more: str, *, after: int, limit: int
) -> Sequence[AuditEvent]:
    given: dict[str, object] = {
        name: value for name, value in msgspec.structs.asdict(wanted).items() if value
    }
    values = given | {"after": after, "limit": limit}
    if wanted.target:
        values["target_stream"] = stream_of(wanted.target)
    if wanted.action:
        escaped = wanted.action.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")
        values["action"] = f"{escaped}.v%"
    conditions = "".join(f" AND {CONDITIONS[name]}" for name in given)
    query = (
        f"SELECT {COLUMNS} FROM rm_audit.audit_events"  # noqa: S608 - names of ours
        f" WHERE position > %(after)s{conditions}{more} ORDER BY position LIMIT %(limit)s"
    )
    async with connection.cursor(row_factory=class_row(AuditEvent)) as cursor:
        await cursor.execute(query.encode(), values)
        return await cursor.fetchall()


@reads("audit")
async def positions_of(connection: Connection, target: str) -> Sequence[int]:
    """Every event that names the target, or stands in its stream, in the order of the log."""
    values = {"target": target, "target_stream": stream_of(target)}
    cursor = await connection.execute(POSITIONS, values)
    return [int(position) for (position,) in await cursor.fetchall()]


@reads("audit")
async def correlated(
    connection: Connection, correlation_ids: Sequence[str], names: Sequence[str]
) -> Sequence[int]:
    """Events of these names and correlations, in the order of the log."""
    cursor = await connection.execute(CORRELATED, [list(correlation_ids), list(names)])
    return [int(position) for (position,) in await cursor.fetchall()]
