"""The ledger, the audit trail and sales reports."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from eventstore import reader as log
from eventstore.codec import Recorded, envelope_of
from eventstore.values import Envelope
from projections.audit import queries as audit
from projections.audit.queries import AuditEvent, AuditFilter
from projections.ledger import queries as ledger
from projections.ledger.queries import AccountBalance, Entry, Movement, TrialBalance
from projections.sales import queries as sales
from projections.sales.queries import GroupBy, SalesFilter, SalesRow
from read_api.reader import (
    LIMIT,
    LIMIT_MAX,
    SEEN_ALL,
    Connection,
    Page,
    Reader,
    ReadRefused,
    cursor_of,
    not_found,
    read_cursor,
)

AUDITORS = ("auditor", "operator")
LEDGER_POSITION = "SELECT position FROM projection.checkpoint WHERE name = 'ledger'"


class Movements(msgspec.Struct, frozen=True):
    position: int
    movements: list[Movement]


class AccountView(msgspec.Struct, frozen=True):
    """An account, or a group of accounts: balances, and a page of its entries."""

    balances: list[AccountBalance]
    entries: list[Entry]
    next_cursor: str | None


class StreamEvent(msgspec.Struct, frozen=True):
    position: int
    version: int
    name: str
    envelope: Envelope
    data: Any


class StreamView(msgspec.Struct, frozen=True):
    """A stream's events up to a position or a recording time, read from the log itself."""

    stream: str
    events: list[StreamEvent]


@get("/v1/ledger/trial-balance", tags=["ledger"])
async def get_trial_balance(
    reader: NamedDependency[Reader],
    as_of: Annotated[int | None, QueryParameter(ge=0, le=SEEN_ALL)] = None,
) -> Response[TrialBalance]:
    """Balances by account group, now or as of a log position; each currency sums to zero."""
    reader.must_be(*AUDITORS)
    await reader.fresh("ledger")
    async with reader.connection() as connection, connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        position = await _ledger_position(connection)
        earlier = as_of is not None and as_of < position
        balance = await ledger.trial_balance(
            connection, as_of if earlier and as_of is not None else position, as_of=earlier
        )
    return reader.answer(balance, ("ledger",))


@get("/v1/ledger/movements", tags=["ledger"])
async def get_movements(reader: NamedDependency[Reader]) -> Response[Movements]:
    """What each kind of event has moved through each group of accounts so far."""
    reader.must_be(*AUDITORS)
    await reader.fresh("ledger")
    async with reader.connection() as connection, connection.transaction():
        await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        position = await _ledger_position(connection)
        moved = await ledger.movements(connection)
    return reader.answer(Movements(position, list(moved)), ("ledger",))


async def _ledger_position(connection: Connection) -> int:
    cursor = await connection.execute(LEDGER_POSITION)
    row = await cursor.fetchone()
    return int(row[0]) if row else 0


@get("/v1/ledger/accounts/{account:path}", tags=["ledger"])
async def get_account(
    account: FromPath[str],
    reader: NamedDependency[Reader],
    cursor: Annotated[str | None, QueryParameter(max_length=100)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT,
) -> Response[AccountView]:
    """Balances and entries of an account (`seller_payable:ID`) or of a group (`escrow`)."""
    reader.must_be(*AUDITORS)
    await reader.fresh("ledger")
    name = account.lstrip("/")
    position, entry = read_cursor(cursor, (0, 0))
    async with reader.connection() as connection:
        balances = await ledger.balances(connection, name)
        entries = await ledger.entries(connection, name, (position, entry), limit)
    if not balances:
        raise not_found("account")
    more = cursor_of(entries[-1].position, entries[-1].entry) if len(entries) == limit else None
    return reader.answer(AccountView(list(balances), list(entries), more), ("ledger",))


@get("/v1/audit/events", tags=["audit"])
async def list_audit_events(
    reader: NamedDependency[Reader],
    actor: Annotated[str | None, QueryParameter(max_length=200)] = None,
    name: Annotated[str | None, QueryParameter(max_length=200)] = None,
    stream: Annotated[str | None, QueryParameter(max_length=200)] = None,
    correlation_id: Annotated[str | None, QueryParameter(max_length=400)] = None,
    command_id: Annotated[str | None, QueryParameter(max_length=400)] = None,
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    cursor: Annotated[str | None, QueryParameter(max_length=100)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)] = LIMIT,
) -> Response[Page[AuditEvent]]:
    """Who did what, in the order of the log; `since` and `until` are recording times."""
    reader.must_be(*AUDITORS)
    await reader.fresh("audit")
    (after,) = read_cursor(cursor, (0,))
    wanted = AuditFilter(
        actor=actor,
        name=name,
        stream=stream,
        correlation_id=correlation_id,
        command_id=command_id,
        since=since,
        until=until,
    )
    async with reader.connection() as connection:
        found = await audit.events(connection, wanted, after=after, limit=limit)
    more = cursor_of(found[-1].position) if len(found) == limit else None
    return reader.answer(Page(list(found), more), ("audit",))


@get("/v1/audit/streams/{stream:path}", tags=["audit"])
async def get_stream(
    stream: FromPath[str],
    reader: NamedDependency[Reader],
    as_of: Annotated[str | None, QueryParameter(max_length=40)] = None,
) -> Response[StreamView]:
    """A stream's events from the log, up to `as_of`: a position, or a recording time."""
    reader.must_be(*AUDITORS)
    upto, known_at = _as_of(as_of)
    name = stream.lstrip("/")
    async with reader.connection() as connection:
        events = await log.read_stream(connection, name, upto, known_at)
    if not events:
        raise not_found("stream")
    return reader.answer(StreamView(name, [_view(event) for event in events]), ())


def _as_of(as_of: str | None) -> tuple[int, datetime | None]:
    if as_of is None:
        return SEEN_ALL, None
    if as_of.isdecimal():
        return min(int(as_of), SEEN_ALL), None
    try:
        at = datetime.fromisoformat(as_of)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ReadRefused(
            HTTPStatus.BAD_REQUEST,
            "invalid-request",
            "must be a log position or an ISO 8601 time with its zone",
            field="as_of",
        )
    return SEEN_ALL, at


def _view(recorded: Recorded) -> StreamEvent:
    data = msgspec.to_builtins(recorded.event)
    envelope = envelope_of(recorded.envelope)
    return StreamEvent(recorded.position, recorded.version, recorded.name, envelope, data)


@get("/v1/analytics/sales", tags=["analytics"])
async def get_sales(
    reader: NamedDependency[Reader],
    group_by: FromQuery[GroupBy] = "month",
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
    seller_id: Annotated[str, QueryParameter(max_length=64)] = "",
    category: Annotated[str, QueryParameter(max_length=500)] = "",
    status: Annotated[str, QueryParameter(max_length=30)] = "",
) -> Response[list[SalesRow]]:
    """Sales by business date, seller, category or status; a seller sees their own."""
    reader.must_be("analyst", "operator", "auditor", "seller")
    await reader.fresh("sales")
    everything = SalesFilter()
    wanted = SalesFilter(
        since=since.isoformat() if since else everything.since,
        until=until.isoformat() if until else everything.until,
        seller=reader.subject if reader.role == "seller" else seller_id,
        category=category,
        status=status,
    )
    rows = await sales.report(reader.services.clickhouse, group_by, wanted)
    return reader.answer(rows, ("sales",))


ROUTES = [
    get_trial_balance,
    get_movements,
    get_account,
    list_audit_events,
    get_stream,
    get_sales,
]
