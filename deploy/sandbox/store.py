"""Everything the sandbox remembers, in one sqlite file."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from deploy.sandbox.objects import SHAPES, Charge, Made, Refund

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, charge TEXT, body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS objects_charge ON objects (charge);
CREATE TABLE IF NOT EXISTS keys (
    kind TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, tries INTEGER NOT NULL,
    object_id TEXT, status INTEGER, answer BLOB, PRIMARY KEY (kind, key)
);
CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
    object_id TEXT NOT NULL, after_id TEXT, new_status TEXT, failure_code TEXT,
    payload BLOB, next_at REAL NOT NULL, wanted INTEGER NOT NULL,
    accepted INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'pending'
);
CREATE INDEX IF NOT EXISTS events_due ON events (state, next_at, seq);
CREATE TABLE IF NOT EXISTS attempts (
    event_id TEXT NOT NULL, at REAL NOT NULL, status INTEGER, error TEXT
);
"""

# An event that comes after another one waits until that one is done with, for good or ill.
_DELIVERABLE = """
    e.state = 'pending' AND e.payload IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM events b WHERE b.id = e.after_id AND b.state = 'pending')
"""


class KeyEntry(msgspec.Struct, frozen=True):
    """What is known of one idempotency key; `status` and `answer` are none until answered."""

    fingerprint: str
    tries: int
    object_id: str | None
    status: int | None
    answer: bytes | None


class Event(msgspec.Struct, frozen=True):
    """One event; `payload` is none until the change it tells of has happened."""

    seq: int
    id: str
    type: str
    object_id: str
    after_id: str | None
    new_status: str | None
    failure_code: str | None
    payload: bytes | None
    next_at: float
    wanted: int
    accepted: int
    failures: int
    state: str


class Attempt(msgspec.Struct, frozen=True):
    """One try to deliver an event: the HTTP status, or the error that left none."""

    event_id: str
    at: float
    status: int | None
    error: str | None


class Store:
    """The sqlite file; used from one thread only, and written inside `transaction` only."""

    def __init__(self, path: Path) -> None:
        """Open the file at `path`, making it if it is not there."""
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Keep all that is written inside, or on an exception nothing of it."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def put_object(self, made: Made) -> None:
        """Keep the current state of an object."""
        self._db.execute(
            "INSERT INTO objects VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (
                made.id,
                made.object,
                made.charge if isinstance(made, Refund) else None,
                msgspec.json.encode(made),
            ),
        )

    def get_object(self, kind: str, object_id: str) -> Made | None:
        """Return the current state of an object of `kind`."""
        return self._get(SHAPES[kind], kind, object_id)

    def charge(self, charge_id: str) -> Charge | None:
        """Return the current state of a charge."""
        return self._get(Charge, "charge", charge_id)

    def _get[T: Made](self, shape: type[T], kind: str, object_id: str) -> T | None:
        found = self._db.execute(
            "SELECT body FROM objects WHERE id = ? AND kind = ?", (object_id, kind)
        ).fetchone()
        return None if found is None else msgspec.json.decode(found[0], type=shape)

    def refunds_of(self, charge_id: str) -> list[Refund]:
        """Return all refunds of a charge, whatever became of them."""
        found = self._db.execute("SELECT body FROM objects WHERE charge = ?", (charge_id,))
        return [msgspec.json.decode(body, type=Refund) for (body,) in found]

    def key_entry(self, kind: str, key: str) -> KeyEntry | None:
        """Return what is known of an idempotency key."""
        found = self._db.execute(
            "SELECT fingerprint, tries, object_id, status, answer FROM keys"
            " WHERE kind = ? AND key = ?",
            (kind, key),
        ).fetchone()
        return None if found is None else KeyEntry(*found)

    def count_try(self, kind: str, key: str, fingerprint: str) -> int:
        """Bind the key to the body if it is new, and return the number of this try."""
        found = self._db.execute(
            "INSERT INTO keys (kind, key, fingerprint, tries) VALUES (?, ?, ?, 1)"
            " ON CONFLICT (kind, key) DO UPDATE SET tries = tries + 1 RETURNING tries",
            (kind, key, fingerprint),
        ).fetchone()
        return int(found[0])

    def keep_answer(self, kind: str, key: str, object_id: str, answer: tuple[int, bytes]) -> None:
        """Keep the first answer (status and body) to a key that was counted before."""
        self._db.execute(
            "UPDATE keys SET object_id = ?, status = ?, answer = ? WHERE kind = ? AND key = ?",
            (object_id, *answer, kind, key),
        )

    def add_event(self, event: Event) -> None:
        """Keep a new event; its `seq` is drawn here."""
        self._db.execute(
            "INSERT INTO events VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            msgspec.structs.astuple(event)[1:],
        )

    def update_event(self, event: Event) -> None:
        """Keep what has changed about an event."""
        self._db.execute(
            "UPDATE events SET payload = ?, next_at = ?, wanted = ?, accepted = ?, failures = ?,"
            " state = ? WHERE id = ?",
            (*msgspec.structs.astuple(event)[7:], event.id),
        )

    def event(self, event_id: str) -> Event | None:
        """Return one event."""
        found = self._db.execute("SELECT * FROM events WHERE id = ?", (event_id,)).fetchone()
        return None if found is None else Event(*found)

    def events(self) -> list[Event]:
        """Return all events, oldest first."""
        return [Event(*row) for row in self._db.execute("SELECT * FROM events ORDER BY seq")]

    def unsettled(self, before: float) -> list[Event]:
        """Return the events whose change is due by `before` and has not happened."""
        found = self._db.execute(
            "SELECT * FROM events WHERE state = 'pending' AND payload IS NULL AND next_at <= ?"
            " ORDER BY next_at, seq",
            (before,),
        )
        return [Event(*row) for row in found]

    def deliverable(self, before: float) -> list[Event]:
        """Return the events that are to be sent by `before`, in the order of sending."""
        found = self._db.execute(
            f"SELECT * FROM events e WHERE {_DELIVERABLE} AND next_at <= ?"  # noqa: S608
            " ORDER BY next_at, seq",
            (before,),
        )
        return [Event(*row) for row in found]

    def next_time(self) -> float | None:
        """Return when the next event is to change something or to be sent, if there is one."""
        found = self._db.execute(
            "SELECT min(next_at) FROM events e"  # noqa: S608
            f" WHERE (state = 'pending' AND payload IS NULL) OR ({_DELIVERABLE})"
        ).fetchone()
        return None if found[0] is None else float(found[0])

    def add_attempt(self, attempt: Attempt) -> None:
        """Keep one try to deliver an event."""
        self._db.execute(
            "INSERT INTO attempts VALUES (?, ?, ?, ?)", msgspec.structs.astuple(attempt)
        )

    def attempts(self) -> list[Attempt]:
        """Return all tries to deliver, oldest first."""
        return [Attempt(*row) for row in self._db.execute("SELECT * FROM attempts ORDER BY rowid")]
