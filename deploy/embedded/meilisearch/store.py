"""Index metadata and documents in a sqlite file."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from deploy.embedded.meilisearch.index import IndexRow

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path

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
    second connection, so that a long batch does not hold up searches.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / "documents.sqlite3"
        self._writer = connect(self._file)
        self._writer.executescript(_SCHEMA)
        self._reader = connect(self._file)

    def close(self) -> None:
        """End both connections."""
        self._reader.close()
        self._writer.close()

    @contextmanager
    def transaction(self, last_task: int) -> Generator[None]:
        """Commit the block's writes together with the number of the last task they apply."""
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._writer.execute("INSERT OR REPLACE INTO applied VALUES (0, ?)", (last_task,))
            self._writer.execute("COMMIT")
        except BaseException:
            self._writer.execute("ROLLBACK")
            raise

    def size(self) -> int:
        """The bytes the database takes up."""
        return self._file.stat().st_size

    def last_applied(self) -> int:
        """The number of the last task whose writes were committed, -1 before the first."""
        row = self._writer.execute("SELECT task FROM applied").fetchone()
        return int(row[0]) if row else -1

    def rows(self) -> list[IndexRow]:
        """The stored indexes."""
        found = self._writer.execute("SELECT row FROM indexes ORDER BY number").fetchall()
        return [msgspec.json.decode(row, type=IndexRow) for (row,) in found]

    def save_row(self, row: IndexRow) -> None:
        """Store an index's metadata, new or changed."""
        body = msgspec.json.encode(row)
        self._writer.execute("INSERT OR REPLACE INTO indexes VALUES (?, ?)", (row.number, body))

    def drop_index(self, number: int) -> int:
        """Delete an index with its documents; how many those were."""
        self._writer.execute("DELETE FROM indexes WHERE number = ?", (number,))
        return self.clear(number)

    def clear(self, number: int) -> int:
        """Delete an index's documents; how many there were."""
        return self._writer.execute("DELETE FROM documents WHERE number = ?", (number,)).rowcount

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

    def delete(self, slot: int) -> None:
        """Delete a document."""
        self._writer.execute("DELETE FROM documents WHERE slot = ?", (slot,))

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

    def lookup(self, number: int, document_ids: Iterable[str]) -> dict[str, int]:
        """The slots of those identifiers that are committed documents."""
        select = "SELECT slot FROM documents WHERE number = ? AND id = ?"
        found: dict[str, int] = {}
        for document_id in document_ids:
            row = self._reader.execute(select, (number, document_id)).fetchone()
            if row is not None:
                found[document_id] = row[0]
        return found
