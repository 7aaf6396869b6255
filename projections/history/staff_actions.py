"""What staff has done, with what it was before and after: worked out from the log, for each command
of theirs, so that none can be without its entry.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from eventstore import reader as log
from eventstore.codec import Recorded
from eventstore.events.base import category_of
from eventstore.unreadable import decode_or_mark
from projections.history.fold import STATES, rows_by_model
from projections.models.audit.projector import target_of
from projections.models.audit.queries import AuditEvent, AuditFilter, by_staff, of_commands
from projections.query import Connection, reads

type Rows = list[Mapping[str, Any]]
type State = dict[str, dict[str, Rows]]


class StaffAction(msgspec.Struct, frozen=True, kw_only=True):
    """A command of staff. `before` and `after` are the rows that it changed, by read model and
    table; what no read model has is in `after` as it stands in the log. `also` names what else
    came of it, `session` the one that it was asked in.
    """

    position: int
    action: str
    target: str
    executor: str
    timestamp: datetime
    reason: str
    account: str
    session: str
    command_id: str
    correlation_id: str
    also: list[str]
    before: State
    after: State


@reads("audit")
async def staff_actions(
    connection: Connection, wanted: AuditFilter, *, after: int, limit: int
) -> list[StaffAction]:
    """In the order of the log."""
    first = await by_staff(connection, wanted, after=after, limit=limit)
    positions = await of_commands(connection, [event.command_id for event in first])
    return [await _action(connection, event, positions[event.command_id]) for event in first]


async def _action(
    connection: Connection, event: AuditEvent, positions: Sequence[int]
) -> StaffAction:
    done = [decode_or_mark(row) for row in await log.rows_at(connection, positions)]
    before, after = await _changed(connection, done)
    first = done[0]
    return StaffAction(
        position=event.position,
        action=_action_of(first),
        target=target_of(first),
        executor=event.actor,
        timestamp=event.recorded_at,
        reason=next((one for one in map(_reason_of, done) if one), ""),
        account=first.envelope.account,
        session=first.envelope.session,
        command_id=event.command_id,
        correlation_id=event.correlation_id,
        also=[_action_of(one) for one in done[1:]],
        before=before,
        after=after,
    )


def _action_of(recorded: Recorded) -> str:
    return recorded.name.rpartition(".")[0]


def _reason_of(recorded: Recorded) -> str:
    return str(getattr(recorded.event, "reason", ""))


async def _changed(connection: Connection, done: Sequence[Recorded]) -> tuple[State, State]:
    """The rows that the streams concerned alone give, then and now, where they differ."""
    events = await _of_streams(connection, _concerned(done), done[-1].position)
    earlier = [event for event in events if event.position < done[0].position]
    was, now = rows_by_model(earlier), rows_by_model(events)
    before, after = _without(was, now), _without(now, was)
    if facts := _facts(done):
        after["log"] = facts
    return before, after


def _concerned(done: Sequence[Recorded]) -> list[str]:
    """What was written, and the streams whose rows that changes: a key names one."""
    streams = [event.stream for event in done]
    streams += [projector.key(event) for event in done for projector in STATES]
    return list(dict.fromkeys(streams))


async def _of_streams(connection: Connection, streams: Sequence[str], upto: int) -> list[Recorded]:
    rows = [row for stream in streams for row in await log.stream_rows(connection, stream, upto)]
    return [decode_or_mark(row) for row in sorted(rows, key=lambda row: row.position)]


def _without(state: State, other: State) -> State:
    """The rows that `other` does not have just so."""
    found: State = {}
    for model, tables in state.items():
        for table, rows in tables.items():
            same = other.get(model, {}).get(table, [])
            if changed := [row for row in rows if row not in same]:
                found.setdefault(model, {})[table] = changed
    return found


def _facts(done: Sequence[Recorded]) -> dict[str, Rows]:
    """What no read model keeps rows of is told as it stands in the log, by category."""
    found: dict[str, Rows] = {}
    for event in done:
        if not any(type(event.event) in projector.handlers for projector in STATES):
            facts = msgspec.to_builtins(event.event)
            found.setdefault(category_of(event.stream), []).append(facts)
    return found
