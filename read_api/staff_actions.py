"""What staff has done, each command with what it was before and after."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Response
from litestar.di import NamedDependency, Provide
from litestar.params import FromQuery, QueryParameter

from projections.history import staff_actions as history
from projections.history.staff_actions import StaffAction
from projections.models.audit.queries import AuditFilter
from read_api.audit import LINES_TYPE, READ, Cursor, audit_filter, lines
from read_api.examples import AT
from read_api.past import must_have_zone
from read_api.reader import Page, Reader, page, read_cursor
from read_api.redaction import redacted
from read_api.route import Topic, query_route

# Each is worked out from the streams that it wrote.
ACTIONS_MAX = 50
ACTIONS = 20


EXAMPLE: dict[str, Any] = {
    "items": [
        {
            "position": 12,
            "action": "seller.blocked",
            "target": "seller:anna",
            "executor": "moderator:~0c8a1f9e-2b7d-4a55-8d3e-5f2c9b6a7e10",
            "timestamp": AT,
            "reason": "fraud",
            "account": "",
            "session": "~4b1d7c3e-9f6a-4b2f-8e0d-9c8b019a4c6e",
            "command_id": "moderator:~0c8a1f9e-2b7d-4a55-8d3e-5f2c9b6a7e10/k1",
            "correlation_id": "restriction-seller-anna",
            "also": [],
            "before": {"sellers": {"sellers": [{"seller_id": "anna", "blocked": False}]}},
            "after": {"sellers": {"sellers": [{"seller_id": "anna", "blocked": True}]}},
        }
    ],
    "next_cursor": None,
}


@query_route(
    "/v1/audit/actions",
    tag="audit",
    permission=READ,
    also=LINES_TYPE,
    dependencies={"wanted": Provide(audit_filter)},
    answer=EXAMPLE,
)
async def list_staff_actions(
    reader: NamedDependency[Reader],
    wanted: NamedDependency[AuditFilter],
    cursor: Cursor = None,
    limit: Annotated[int, QueryParameter(ge=1, le=ACTIONS_MAX)] = ACTIONS,
    format: FromQuery[Literal["json", "lines"]] = "json",  # noqa: A002 - the parameter's name
) -> Response[Page[StaffAction]]:
    """What staff has done, one entry a command, with the rows it changed before and after.

    Asked for as events are (`actor`, `action`, `target`, `since` and so on, of a command's first
    event). What staff was refused is the action `attempt.refused`. `format=lines` gives an entry a
    line; the next page's cursor is in the header `Next-Cursor`.
    """
    (after,) = read_cursor(cursor, (0,))
    must_have_zone(since=wanted.since, until=wanted.until)
    await reader.fresh(history.staff_actions)
    await reader.record()
    actions = await reader.ask(history.staff_actions, wanted, after=after, limit=limit)
    if reader.role == "auditor":
        actions = [_redacted(action) for action in actions]
    found = page(actions, limit, lambda action: [action.position])
    if format == "json":
        return reader.answer(found)
    return lines(reader, found.items, found.next_cursor)


def _redacted(action: StaffAction) -> StaffAction:
    return msgspec.structs.replace(
        action, before=redacted(action.before), after=redacted(action.after)
    )


TOPIC = Topic([list_staff_actions])
