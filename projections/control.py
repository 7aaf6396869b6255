"""What an operator can see and do of read models, from the command line and over NATS."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec
from psycopg.rows import class_row

from eventstore import reader
from eventstore.reader import StoredRow
from eventstore.unreadable import decode_or_mark
from projections import checkpoints
from projections.checkpoints import Connection, model_of
from projections.model import Applied
from projections.running import parking
from projections.running.parking import NothingParked

type State = Literal["following", "paused", "stopped", "rebuilding"]

SAMPLE_S = 0.5
OVERVIEW = """
SELECT c.name, c.position, c.version, c.paused, c.stopped, c.problem, c.gaps_filled,
    h.position AS head, b.position AS building,
    coalesce(p.streams, 0) AS parked_streams, coalesce(p.events, 0) AS parked_events,
    e.originator_id AS stream, e.originator_version AS stream_version, e.topic, e.state
FROM log_head AS h, projection.checkpoint AS c
LEFT JOIN projection.build AS b ON b.name = split_part(c.name, '/', 1)
LEFT JOIN (
    SELECT name, count(DISTINCT key) AS streams, count(*) AS events
    FROM projection.parked GROUP BY name
) AS p ON p.name = split_part(c.name, '/', 1)
LEFT JOIN stored_events AS e ON e.notification_id = c.position + 1
ORDER BY c.name
"""


class UnknownModel(LookupError):
    """There is no read model of that name."""


class WaitingEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The oldest event that a model has not passed."""

    position: int
    stream: str
    event: str
    recorded_at: datetime


class ModelStatus(msgspec.Struct, frozen=True, kw_only=True):
    """`state`: following, paused, stopped (see `problem`) or rebuilding (rows of another version).

    `building` is how far a copy has got, if one is being built. A part of a model stands alone.
    """

    name: str
    state: State
    position: int
    version: int
    lag_events: int
    lag_seconds: float
    rate: float
    oldest_waiting: WaitingEvent | None
    parked_streams: int
    parked_events: int
    gaps_filled: int
    building: int | None
    problem: str | None

    @property
    def model(self) -> str:
        """The read model, where this is of a part of it."""
        return model_of(self.name)


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """`rate` is in events a second over the sampled time, 0 if none was sampled."""

    log_position: int
    models: list[ModelStatus]


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    position: int
    version: int
    paused: bool
    stopped: bool
    problem: str | None
    gaps_filled: int
    head: int
    building: int | None
    parked_streams: int
    parked_events: int
    stream: str | None
    stream_version: int | None
    topic: str | None
    state: bytes | None


async def overview(
    connection: Connection,
    now: datetime,
    versions: Mapping[str, int],
    sample_s: float = 0.0,
) -> Overview:
    """Each model, or part of one, against the log. `versions` are those of this build."""
    before: dict[str, int] = {}
    if sample_s:
        cursor = await connection.execute("SELECT name, position FROM projection.checkpoint")
        before = {str(name): int(position) for name, position in await cursor.fetchall()}
        await asyncio.sleep(sample_s)
    async with connection.cursor(row_factory=class_row(_Found)) as rows:
        await rows.execute(OVERVIEW.encode())
        found = await rows.fetchall()
    moved = {row.name: row.position - before.get(row.name, row.position) for row in found}
    return Overview(
        log_position=await reader.head(connection) if not found else found[0].head,
        models=[
            _status(row, now, versions, moved[row.name] / sample_s if sample_s else 0.0)
            for row in found
        ],
    )


def _status(row: _Found, now: datetime, versions: Mapping[str, int], rate: float) -> ModelStatus:
    oldest = _oldest(row)
    lag_s = (now - oldest.recorded_at).total_seconds() if oldest else 0.0
    return ModelStatus(
        name=row.name,
        state=_state(row, versions.get(model_of(row.name), row.version)),
        position=row.position,
        version=row.version,
        lag_events=row.head - row.position,
        lag_seconds=round(max(lag_s, 0.0), 3),
        rate=round(rate, 1),
        oldest_waiting=oldest,
        parked_streams=row.parked_streams,
        parked_events=row.parked_events,
        gaps_filled=row.gaps_filled,
        building=row.building,
        problem=row.problem,
    )


def _state(row: _Found, version: int) -> State:
    if row.paused:
        return "paused"
    if row.stopped:
        return "stopped"
    return "following" if row.version == version else "rebuilding"


def _oldest(row: _Found) -> WaitingEvent | None:
    if row.stream is None or row.topic is None or row.state is None:
        return None
    at = row.position + 1
    stored = StoredRow(at, row.stream, row.stream_version or 0, row.topic, row.state)
    recorded_at = decode_or_mark(stored).envelope.recorded_at
    return WaitingEvent(position=at, stream=row.stream, event=row.topic, recorded_at=recorded_at)


async def hold(connection: Connection, name: str, *, paused: bool) -> None:
    """Pause a model with its parts, or let it go on, also after it has stopped.

    Raises `UnknownModel`.
    """
    if not await checkpoints.pause(connection, name, paused=paused):
        raise UnknownModel(f"There is no read model {name!r}.")


class Retried(msgspec.Struct, frozen=True, kw_only=True):
    """`applied` events went in; `left` wait still."""

    name: str
    applied: int
    left: int


async def retry(connection: Connection, model: Applied, stream: str | None) -> Retried:
    """Drive parked events in again, those of one stream or key, or all. Raises `NothingParked`."""
    waiting = await parking.waiting_keys(connection, model.name, stream)
    if not waiting:
        of = f" of {stream}" if stream else ""
        raise NothingParked(f"{model.name} has no parked events{of}.")
    applied = 0
    for key in waiting:
        applied += await parking.retry(connection, model, key)
    left = await parking.count(connection, model.name, stream)
    return Retried(name=model.name, applied=applied, left=left)
