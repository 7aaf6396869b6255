"""Writes a range of the log as files that the plain `eventsourcing` library opens."""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore
from psycopg import AsyncConnection

from eventstore import reader
from eventstore.reader import StoredRow

PAGE = 5_000
INSERT = (
    "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state)"
    " VALUES (?, ?, ?, ?, ?)"
)

type Connection = AsyncConnection[tuple[object, ...]]


class ExportFailed(RuntimeError):
    """The folder cannot take the export; says why."""


class ExportedFile(msgspec.Struct, frozen=True, kw_only=True):
    """Positions `first` to `last`, each once; `sha256` of the file's bytes."""

    file: str
    first: int
    last: int
    events: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Written last: with it the export is whole."""

    first: int
    last: int
    events: int
    files: list[ExportedFile]


async def export(
    connection: Connection,
    folder: Path,
    first: int,
    last: int,
    events_a_file: int,
    progress: Callable[[int, int], None],
) -> Manifest:
    """SQLite files with the library's table; its rowid is the position in the log.

    Files that are there already are written anew. Raises `ExportFailed`.
    """
    _prepare(folder)
    last = min(last, await reader.head(connection))
    files: list[ExportedFile] = []
    for start in range(first, last + 1, events_a_file):
        end = min(start + events_a_file - 1, last)
        files.append(await _file(connection, folder, start, end))
        progress(end, last)
    manifest = Manifest(
        first=first, last=last, events=sum(made.events for made in files), files=files
    )
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (folder / "manifest.json").write_bytes(text + b"\n")
    return manifest


def _prepare(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "manifest.json").exists():
        raise ExportFailed(f"{folder} holds an export already: choose another folder.")


async def _file(connection: Connection, folder: Path, first: int, last: int) -> ExportedFile:
    path = folder / f"events-{first:012}-{last:012}.sqlite"
    path.unlink(missing_ok=True)
    events = 0
    datastore = SQLiteDatastore(str(path), originator_id_type="text")
    SQLiteApplicationRecorder(datastore).create_table()
    datastore.close()
    database = sqlite3.connect(path)
    try:
        while rows := await reader.rows_after(connection, first - 1 + events, last, PAGE):
            _insert(database, rows)
            events += len(rows)
        database.execute("PRAGMA journal_mode = DELETE")
    finally:
        database.close()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return ExportedFile(file=path.name, first=first, last=last, events=events, sha256=digest)


def _insert(database: sqlite3.Connection, rows: Sequence[StoredRow]) -> None:
    with database:
        database.executemany(
            INSERT, [(row.position, row.stream, row.version, row.name, row.state) for row in rows]
        )
