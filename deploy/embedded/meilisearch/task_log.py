"""The queue and history of tasks in a sqlite file, so that neither is lost by a restart."""

import threading
from pathlib import Path
from typing import Literal

import msgspec

from deploy.embedded.meilisearch.bodies import TaskSummary, TaskView
from deploy.embedded.meilisearch.errors import ErrorBody
from deploy.embedded.meilisearch.index import now
from deploy.embedded.meilisearch.store import connect

type TaskType = Literal[
    "indexCreation", "indexDeletion", "indexSwap", "settingsUpdate", "documentAdditionOrUpdate"
]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tasks (
    uid INTEGER PRIMARY KEY,
    index_uid TEXT,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    enqueued_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT,
    error TEXT,
    payload BLOB
);
CREATE INDEX IF NOT EXISTS tasks_unfinished ON tasks (uid) WHERE status = 'enqueued';
"""
# Columns that earlier versions had.
_GONE = "SELECT name FROM pragma_table_info('tasks') WHERE name IN ('details', 'request')"
_KEPT = 10_000


class Task(msgspec.Struct, frozen=True):
    """A task to apply; its payload is the body of the request that asked for it."""

    uid: int
    index_uid: str
    type: TaskType
    payload: bytes


class TaskLog:
    """Tasks numbered from 0 in the order they are applied; safe to use from several threads."""

    def __init__(self, folder: Path, last_applied: int) -> None:
        """Open the log; tasks cut off by a crash are settled by whether they were applied."""
        self._connection = connect(folder / "tasks.sqlite3")
        self._connection.executescript(_SCHEMA)
        for (name,) in self._connection.execute(_GONE).fetchall():
            self._connection.execute(f"ALTER TABLE tasks DROP COLUMN {name}")
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
        """Let a waiting `next` return nothing."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def enqueue(self, index_uid: str | None, kind: TaskType, payload: bytes) -> TaskSummary:
        """Store a task and wake the worker."""
        enqueued_at = now()
        with self._changed:
            (uid,) = self._connection.execute(
                "INSERT INTO tasks (uid, index_uid, type, status, enqueued_at, payload) VALUES"
                " ((SELECT COALESCE(MAX(uid), -1) + 1 FROM tasks), ?, ?, 'enqueued', ?, ?)"
                " RETURNING uid",
                (index_uid, kind, enqueued_at, payload),
            ).fetchone()
            self._changed.notify_all()
        return TaskSummary(uid, index_uid, "enqueued", kind, enqueued_at)

    def next(self) -> Task | None:
        """Wait for a task and mark it as processing; None once stopped."""
        with self._changed:
            while not self._closed:
                row = self._connection.execute(
                    "UPDATE tasks SET status = 'processing', started_at = ? WHERE uid ="
                    " (SELECT MIN(uid) FROM tasks WHERE status = 'enqueued')"
                    " RETURNING uid, COALESCE(index_uid, ''), type, COALESCE(payload, x'')",
                    (now(),),
                ).fetchone()
                if row is not None:
                    return Task(*row)
                self._changed.wait()
        return None

    def finish(self, uid: int, error: ErrorBody | None) -> None:
        """Record how a task ended."""
        body = None if error is None else msgspec.json.encode(error).decode()
        status = "failed" if error else "succeeded"
        with self._changed:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute(
                "UPDATE tasks SET status = ?, finished_at = ?, error = ?, payload = NULL"
                " WHERE uid = ?",
                (status, now(), body, uid),
            )
            self._connection.execute("DELETE FROM tasks WHERE uid <= ?", (uid - _KEPT,))
            self._connection.execute("COMMIT")

    def get(self, uid: int) -> TaskView | None:
        """A task as the API shows it."""
        with self._changed:
            row = self._connection.execute(
                "SELECT uid, index_uid, type, status, enqueued_at, started_at, finished_at, error"
                " FROM tasks WHERE uid = ?",
                (uid,),
            ).fetchone()
        if row is None:
            return None
        uid, index_uid, kind, status, enqueued_at, started_at, finished_at, error = row
        return TaskView(
            uid=uid,
            index_uid=index_uid,
            type=kind,
            status=status,
            enqueued_at=enqueued_at,
            started_at=started_at,
            finished_at=finished_at,
            error=msgspec.json.decode(error, type=ErrorBody) if error else None,
        )
