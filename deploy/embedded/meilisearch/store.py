"""Rows of indexes and documents in a sqlite file."""

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from deploy.embedded.meilisearch.index import IndexRow

_SCHEMA = """
CREATE TABLE IF NOT EXISTS indexes (number INTEGER PRIMARY KEY, row BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS documents (
    slot INTEGER PRIMARY KEY AUTOINCREMENT,
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (number, id)
);
CREATE INDEX IF NOT EXISTS documents_in_order ON documents (number, slot);
CREATE TABLE IF NOT EXISTS applied (single INTEGER PRIMARY KEY CHECK (single = 0), task INTEGER);
"""


def connect(path: Path) -> sqlite3.Connection:
    """A connection whose transactions the caller begins and ends, usable from any one thread."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -4096")
    return connection


class DocumentStore:
    """Documents by slot (a number never used twice) and by identifier within an index.

    One thread at a time writes, inside `transaction`; committed documents are read through a
    second connection, so that a large task does not hold up searches.
    """

    def __init__(self, folder: Path) -> None:
        file = folder / "documents.sqlite3"
        self._writer = connect(file)
        self._writer.executescript(_SCHEMA)
        self._reader = connect(file)

    def close(self) -> None:
        """End both connections."""
        self._reader.close()
        self._writer.close()

    @contextmanager
    def transaction(self, task: int) -> Generator[None]:
        """Commit the block's writes together with the number of the task that they apply."""
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._writer.execute("INSERT OR REPLACE INTO applied VALUES (0, ?)", (task,))
            self._writer.execute("COMMIT")
        except BaseException:
            self._writer.execute("ROLLBACK")
            raise

    def last_applied(self) -> int:
        """The number of the last task whose writes were committed, -1 before the first."""
        row = self._writer.execute("SELECT task FROM applied").fetchone()
        return int(row[0]) if row else -1

    def rows(self) -> list[IndexRow]:
        """The stored indexes."""
        found = self._writer.execute("SELECT row FROM indexes ORDER BY number").fetchall()
        return [msgspec.json.decode(row, type=IndexRow) for (row,) in found]

    def save_row(self, row: IndexRow) -> None:
        """Store an index's row, new or changed."""
        body = msgspec.json.encode(row)
        self._writer.execute("INSERT OR REPLACE INTO indexes VALUES (?, ?)", (row.number, body))

    def drop_index(self, number: int) -> None:
        """Delete an index with its documents."""
        self._writer.execute("DELETE FROM indexes WHERE number = ?", (number,))
        self._writer.execute("DELETE FROM documents WHERE number = ?", (number,))

    def find(self, number: int, document_id: str) -> tuple[int, bytes] | None:
        """Slot and body of a document as the open transaction sees it."""
        found: tuple[int, bytes] | None = self._writer.execute(
            "SELECT slot, body FROM documents WHERE number = ? AND id = ?", (number, document_id)
        ).fetchone()
        return found

    def insert(self, number: int, document_id: str, body: bytes) -> int:
        """Store a new document; its slot."""
        done = self._writer.execute(
            "INSERT INTO documents (number, id, body) VALUES (?, ?, ?)", (number, document_id, body)
        )
        return done.lastrowid or 0

    def replace(self, slot: int, body: bytes) -> None:
        """Store another body for a document."""
        self._writer.execute("UPDATE documents SET body = ? WHERE slot = ?", (body, slot))

    def everything(self, number: int) -> Iterator[tuple[int, bytes]]:
        """Slot and body of each of an index's documents, in slot order."""
        yield from self._writer.execute(
            "SELECT slot, body FROM documents WHERE number = ? ORDER BY slot", (number,)
        )

    def read(self, slot: int) -> bytes:
        """The committed body of a document that exists."""
        row = self._reader.execute("SELECT body FROM documents WHERE slot = ?", (slot,)).fetchone()
        body: bytes = row[0]
        return body
