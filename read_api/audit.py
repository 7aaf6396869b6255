"""The audit trail, streams as they were, and who has read them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, QueryParameter

from eventstore import reader as log
from eventstore.codec import Recorded, envelope_of
from eventstore.identity import permission
from eventstore.unreadable import Unreadable, decode_or_mark
from eventstore.values import Envelope
from projections.as_of import AsOf
from projections.history.fold import rows_by_model
from projections.models.audit import queries as audit
from projections.models.audit import reads
from projections.models.audit.queries import AuditEvent, AuditFilter
from projections.models.audit.reads import AuditRead
from read_api.examples import AT, ORDER_ID
from read_api.past import AsOfText, as_of_or_now, must_have_zone
from read_api.reader import (
    LIMIT,
    LIMIT_MAX,
    Page,
    Reader,
    not_found,
    page,
    read_cursor,
)
from read_api.redaction import redacted
from read_api.route import Topic, query_route

READ = permission("audit:read", "auditor", "operator")
LINES_TYPE = "application/jsonlines"

Text = Annotated[str | None, QueryParameter(max_length=400)]
Limit = Annotated[int, QueryParameter(ge=1, le=LIMIT_MAX)]
Cursor = Annotated[str | None, QueryParameter(max_length=100)]


class ActionLine(msgspec.Struct, frozen=True):
    """One line of the line format."""

    action: str
    target: str
    executor: str
    timestamp: datetime


class StreamEvent(msgspec.Struct, frozen=True):
    position: int
    version: int
    name: str
    envelope: Envelope
    data: Any


class StreamView(msgspec.Struct, frozen=True):
    """A stream as it was: its events from the log, and the rows that they alone make.

    `state` is by read model and table.
    """

    stream: str
    state: dict[str, dict[str, list[Any]]]
    events: list[StreamEvent]


async def audit_filter(
    actor: Text = None,
    action: Text = None,
    target: Text = None,
    stream: Text = None,
    name: Text = None,
    correlation_id: Text = None,
    command_id: Text = None,
    since: FromQuery[datetime | None] = None,
    until: FromQuery[datetime | None] = None,
) -> AuditFilter:
    return AuditFilter(
        actor=actor,
        action=action,
        target=target,
        stream=stream,
        name=name,
        correlation_id=correlation_id,
        command_id=command_id,
        since=since,
        until=until,
    )


@query_route(
    "/v1/audit/events",
    tag="audit",
    permission=READ,
    also=LINES_TYPE,
    dependencies={"wanted": Provide(audit_filter)},
    answer={
        "items": [
            {
                "position": 8,
                "stream": f"order-{ORDER_ID}",
                "version": 1,
                "name": "order.placed.v1",
                "actor": "buyer:bob",
                "command_id": "buyer:bob/k5",
                "correlation_id": f"order-{ORDER_ID}",
                "causation_id": "buyer:bob/k5",
                "occurred_at": AT,
                "recorded_at": AT,
            }
        ],
        "next_cursor": None,
    },
)
async def list_audit_events(
    reader: NamedDependency[Reader],
    wanted: NamedDependency[AuditFilter],
    cursor: Cursor = None,
    limit: Limit = LIMIT,
    format: FromQuery[Literal["json", "lines"]] = "json",  # noqa: A002 - the parameter's name
) -> Response[Page[AuditEvent]]:
    """Who did what, in the order of the log; `since` and `until` are recording times.

    `action` is an event's name without its version (`order.placed`), `name` is with it; `target`
    (`order:ID`, `seller:ID`, `payment:ID`, `buyer:ID`) finds what was done to it in any stream.
    `format=lines` gives a JSON object a line: action, target, executor, timestamp; the next
    page's cursor is in the header `Next-Cursor`.
    """
    (after,) = read_cursor(cursor, (0,))
    must_have_zone(since=wanted.since, until=wanted.until)
    await reader.fresh(audit.events)
    await reader.record()
    events = await reader.ask(audit.events, wanted, after=after, limit=limit)
    found = page(events, limit, lambda event: [event.position])
    if format == "json":
        return reader.answer(found)
    return lines(reader, [_line(event) for event in found.items], found.next_cursor)


def lines(reader: Reader, items: Sequence[object], next_cursor: str | None) -> Response[Any]:
    """A JSON object a line."""
    response: Response[Any] = reader.answer(msgspec.json.Encoder().encode_lines(items))
    response.media_type = LINES_TYPE
    if next_cursor is not None:
        response.headers["Next-Cursor"] = next_cursor
    return response


def _line(event: AuditEvent) -> ActionLine:
    kind, _, identity = event.stream.partition("-")
    action = event.name.rpartition(".")[0]
    return ActionLine(action, f"{kind}:{identity}", event.actor, event.recorded_at)


@query_route("/v1/audit/streams/{stream:path}", tag="audit", permission=READ)
async def get_stream(
    stream: FromPath[str],
    reader: NamedDependency[Reader],
    as_of: AsOfText = None,
    known_at: AsOfText = None,
) -> Response[StreamView]:
    """A stream's events and state from the log, now or as they were.

    `as_of` and `known_at` are a log position or an ISO 8601 time: what was true (business time),
    what was known (recording time).
    """
    past = as_of_or_now(as_of, known_at) or AsOf()
    await reader.record()
    name = stream.lstrip("/")
    async with reader.connection() as connection:
        reader.saw({"log": await log.head(connection)})
        rows = await log.stream_rows(connection, name, past.upto)
    events = [event for event in map(decode_or_mark, rows) if past.holds(event)]
    if not events:
        raise not_found("stream")
    state, shown = rows_by_model(events), [_view(event) for event in events]
    if reader.role == "auditor":
        state = redacted(state)
        shown = [msgspec.structs.replace(event, data=redacted(event.data)) for event in shown]
    return reader.answer(StreamView(name, state, shown))


def _view(recorded: Recorded) -> StreamEvent:
    data = msgspec.to_builtins(recorded.event)
    if isinstance(recorded.event, Unreadable):
        # As it is stored: with whatever its writer has put in.
        data["unreadable_text"] = data.pop("text")
    envelope = envelope_of(recorded.envelope)
    return StreamEvent(recorded.position, recorded.version, recorded.name, envelope, data)


@query_route("/v1/audit/reads", tag="audit", permission=READ)
async def list_audit_reads(
    reader: NamedDependency[Reader],
    who: Annotated[str | None, QueryParameter(name="reader", max_length=200)] = None,
    cursor: Cursor = None,
    limit: Limit = LIMIT,
) -> Response[Page[AuditRead]]:
    """Who has read the trail, streams, explanations and past books, in the order of reading."""
    (after,) = read_cursor(cursor, (0,))
    await reader.record()
    async with reader.connection() as connection:
        reader.saw({"log": await log.head(connection)})
    found = await reader.ask(reads.reads, who, after, limit)
    return reader.answer(page(found, limit, lambda read: [read.read_id]))


TOPIC = Topic([list_audit_events, get_stream, list_audit_reads])
