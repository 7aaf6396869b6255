"""The queue and history of tasks in a sqlite file, so that neither is lost by a restart."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import msgspec

from deploy.embedded.meilisearch.documents import Document
from deploy.embedded.meilisearch.store import connect
from deploy.embedded.meilisearch.task_view import COLUMNS, TaskRow, now, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from deploy.embedded.meilisearch.errors import ApiError

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tasks (
    uid INTEGER PRIMARY KEY,
    index_uid TEXT,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    enqueued_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT,
    details TEXT NOT NULL,
    error TEXT,
    request TEXT NOT NULL,
    payload BLOB
);
CREATE INDEX IF NOT EXISTS tasks_unfinished ON tasks (uid) WHERE status = 'enqueued';
"""
_FILTERS = {"statuses": "status", "types": "type", "indexUids": "index_uid", "uids": "uid"}
_KEPT = 10_000
_BATCH_TASKS = 1_000
_BATCH_BYTES = 32 * 1024 * 1024


class QueuedTask(msgspec.Struct, frozen=True):
    """A task to apply; its payload stays in the log until it is asked for."""

    uid: int
    index_uid: str
    type: str
    request: Document
    size: int


class NewTask(msgspec.Struct, frozen=True):
    """A task to enqueue: what it shows (`details`) and what applying it needs."""

    index_uid: str | None
    type: str
    details: Document
    request: Document
    payload: bytes = b""


class TaskLog:
    """Tasks numbered from 0 in the order they are applied; safe to use from several threads."""

    def __init__(self, folder: Path, last_applied: int) -> None:
        """Open the log; tasks cut off by a crash are settled by whether they were applied."""
        self._connection = connect(folder / "tasks.sqlite3")
        self._connection.executescript(_SCHEMA)
        self._changed = threading.Condition()
        self._closed = False
        self._connection.execute(
            "UPDATE tasks SET status = 'succeeded', finished_at = ?, payload = NULL"
            " WHERE status IN ('enqueued', 'processing') AND uid <= ?",
            (now(), last_applied),
        )
        self._connection.execute(
            "UPDATE tasks SET status = 'enqueued', started_at = NULL WHERE status = 'processing'"
        )

    def stop(self) -> None:
        """Let a waiting `next_batch` return nothing."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def enqueue(self, task: NewTask) -> Document:
        """Store a task and wake the worker; the summary the API answers with."""
        enqueued_at = now()
        values = (
            task.index_uid,
            task.type,
            enqueued_at,
            msgspec.json.encode(task.details).decode(),
            msgspec.json.encode(task.request).decode(),
            task.payload or None,
        )
        with self._changed:
            done = self._connection.execute(
                "INSERT INTO tasks (uid, index_uid, type, status, enqueued_at, details, request,"
                " payload) VALUES ((SELECT COALESCE(MAX(uid), -1) + 1 FROM tasks), ?, ?,"
                " 'enqueued', ?, ?, ?, ?)",
                values,
            )
            self._changed.notify_all()
        return {
            "taskUid": done.lastrowid,
            "indexUid": task.index_uid,
            "status": "enqueued",
            "type": task.type,
            "enqueuedAt": enqueued_at,
        }

    def next_batch(self) -> list[QueuedTask]:
        """Wait for tasks and mark those to apply together as processing; empty once stopped."""
        with self._changed:
            while not self._closed:
                batch = self._groupable()
                if batch:
                    self._mark_started(batch)
                    return batch
                self._changed.wait()
        return []

    def _groupable(self) -> list[QueuedTask]:
        """The next task with those right behind it that change documents of the same index."""
        rows = self._connection.execute(
            "SELECT uid, COALESCE(index_uid, ''), type, request, COALESCE(LENGTH(payload), 0)"
            " FROM tasks WHERE status = 'enqueued' ORDER BY uid LIMIT ?",
            (_BATCH_TASKS,),
        )
        batch: list[QueuedTask] = []
        total = 0
        for uid, index_uid, kind, request, size in rows:
            task = QueuedTask(uid, index_uid, kind, msgspec.json.decode(request), size)
            total += size
            if batch and not (_joins(batch[0], task) and total <= _BATCH_BYTES):
                break
            batch.append(task)
        return batch

    def _mark_started(self, batch: list[QueuedTask]) -> None:
        self._connection.execute(
            "UPDATE tasks SET status = 'processing', started_at = ? WHERE uid BETWEEN ? AND ?",
            (now(), batch[0].uid, batch[-1].uid),
        )

    def payload(self, uid: int) -> bytes:
        """The payload a task was enqueued with."""
        with self._changed:
            row = self._connection.execute("SELECT payload FROM tasks WHERE uid = ?", (uid,))
            payload: bytes = row.fetchone()[0] or b""
        return payload

    def finish(self, results: Iterable[tuple[int, Document, ApiError | None]]) -> None:
        """Record how tasks ended: what to add to their details, and the error of failed ones."""
        finished_at = now()
        with self._changed:
            self._connection.execute("BEGIN IMMEDIATE")
            last = 0
            for uid, details, error in results:
                body = None if error is None else msgspec.json.encode(error.body()).decode()
                status = "failed" if error else "succeeded"
                extra = msgspec.json.encode(details).decode()
                self._connection.execute(
                    "UPDATE tasks SET status = ?, finished_at = ?, error = ?, payload = NULL,"
                    " details = json_patch(details, ?) WHERE uid = ?",
                    (status, finished_at, body, extra, uid),
                )
                last = max(last, uid)
            self._connection.execute("DELETE FROM tasks WHERE uid <= ?", (last - _KEPT,))
            self._connection.execute("COMMIT")

    def get(self, uid: int) -> Document | None:
        """A task as the API shows it."""
        with self._changed:
            query = f"SELECT {COLUMNS} FROM tasks WHERE uid = ?"  # noqa: S608 - constant columns
            row: TaskRow | None = self._connection.execute(query, (uid,)).fetchone()
        return None if row is None else shown(row)

    def page(
        self, filters: Mapping[str, list[str]], limit: int, first: int | None
    ) -> tuple[list[Document], int]:
        """Tasks that pass the filters, newest first from `first`, and how many pass in all."""
        tests: list[str] = ["1"]
        values: list[str | int] = []
        for name, allowed in filters.items():
            tests.append(f"{_FILTERS[name]} IN ({', '.join('?' * len(allowed))})")
            values.extend(allowed)
        where = " AND ".join(tests)
        # Only names from the fixed table above are put into the statements.
        count = f"SELECT COUNT(*) FROM tasks WHERE {where}"  # noqa: S608
        select = f"SELECT {COLUMNS} FROM tasks WHERE {where} AND uid <= ? ORDER BY uid DESC LIMIT ?"  # noqa: S608
        newest = 2**62 if first is None else first
        with self._changed:
            total: int = self._connection.execute(count, values).fetchone()[0]
            rows: list[TaskRow] = self._connection.execute(
                select, [*values, newest, limit]
            ).fetchall()
        return [shown(row) for row in rows], total

    def busy_indexes(self) -> set[str]:
        """The indexes of tasks being applied."""
        with self._changed:
            rows = self._connection.execute(
                "SELECT DISTINCT index_uid FROM tasks WHERE status = 'processing'"
            ).fetchall()
        return {uid for (uid,) in rows if uid is not None}


def _joins(first: QueuedTask, task: QueuedTask) -> bool:
    return first.index_uid == task.index_uid and _batches(first) and _batches(task)


def _batches(task: QueuedTask) -> bool:
    if task.type == "documentDeletion":
        return "ids" in task.request
    return task.type == "documentAdditionOrUpdate"
