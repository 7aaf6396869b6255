"""Applies the SQL files of the log, processes, records and projections, each once, in order."""

import hashlib
from collections.abc import Callable
from importlib.resources import files

import psycopg

from commands.kept_records import RECORDS

LOCK = 0x4D494752
PACKAGES = (
    "eventstore",
    "commands",
    *(f"commands.records.{record.name}" for record in RECORDS),
    "projections",
)
TABLE = (
    "CREATE TABLE IF NOT EXISTS schema_migration"
    " (name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz DEFAULT now())"
)


class MigrationChanged(RuntimeError):
    """A migration file that was applied before has other contents now."""


def migrations() -> list[tuple[str, str]]:
    """Names and texts in the order of application."""
    found: list[tuple[str, str]] = []
    for package in PACKAGES:
        folder = files(package) / "schema"
        names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".sql"))
        found += [
            (f"{package.replace('.', '/')}/{name}", (folder / name).read_text()) for name in names
        ]
    return found


def migrate(dsn: str, report: Callable[[str], None]) -> int:
    """How many files were applied. Raises `MigrationChanged`."""
    applied = 0
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        connection.execute(TABLE)
        known: dict[str, str] = dict(
            connection.execute("SELECT name, checksum FROM schema_migration").fetchall()
        )
        for name, text in migrations():
            checksum = hashlib.sha256(text.encode()).hexdigest()
            if name in known:
                if known[name] != checksum:
                    raise MigrationChanged(f"{name} has changed since it was applied")
                continue
            with connection.transaction():
                connection.execute(text.encode())
                connection.execute(
                    "INSERT INTO schema_migration (name, checksum) VALUES (%s, %s)",
                    [name, checksum],
                )
            report(f"  applied {name}")
            applied += 1
    return applied
