"""How a task is shown by the API, and the time format it uses."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from deploy.embedded.meilisearch.documents import Document

_TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
COLUMNS = "uid, index_uid, type, status, enqueued_at, started_at, finished_at, details, error"

type TaskRow = tuple[int, str | None, str, str, str, str | None, str | None, str, str | None]


def now() -> str:
    """The present time as the API writes it."""
    return datetime.now(UTC).strftime(_TIME_FORMAT)


def shown(row: TaskRow) -> Document:
    """A task's columns as the API shows them."""
    uid, index_uid, kind, status, enqueued_at, started_at, finished_at, details, error = row
    duration = None
    if started_at and finished_at:
        spent = _moment(finished_at) - _moment(started_at)
        duration = f"PT{max(spent.total_seconds(), 0):.6f}S"
    return {
        "uid": uid,
        "batchUid": None,
        "indexUid": index_uid,
        "status": status,
        "type": kind,
        "canceledBy": None,
        "details": msgspec.json.decode(details),
        "error": msgspec.json.decode(error) if error else None,
        "duration": duration,
        "enqueuedAt": enqueued_at,
        "startedAt": started_at,
        "finishedAt": finished_at,
    }


def _moment(text: str) -> datetime:
    return datetime.strptime(text, _TIME_FORMAT).replace(tzinfo=UTC)
