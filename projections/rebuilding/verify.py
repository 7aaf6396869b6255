"""Compares a live read model with the log, bucket by bucket, and builds nothing."""

from collections.abc import Callable, Mapping

import msgspec
from psycopg import AsyncConnection

from eventstore import reader
from eventstore.unreadable import decode_or_mark
from projections import checkpoints
from projections.checkpoints import Connection
from projections.model import Fold, Model, Rows
from projections.rebuilding.compare import (
    Comparison,
    Difference,
    TableComparison,
    comparison,
    differences,
)
from projections.rebuilding.held import HeldCheckpoint
from projections.running import parking

PAGE = 2_000
# Rows that are folded in memory at a time: a pass reads the whole log.
ROWS_A_PASS = 500_000

type Progress = Callable[[int, int], None]


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """`unapplied` are positions that cannot be applied: later events of their keys are left out,
    as they wait in the live model."""

    name: str
    version: int
    comparison: Comparison
    unapplied: list[int]


class OtherVersion(RuntimeError):
    """The live rows were made by another version: rebuild instead."""


class Counts:
    """Of one table, over all passes."""

    def __init__(self) -> None:
        self._live = self._log = self._differing = 0

    def add(self, live: int, log: int, differs: bool) -> None:
        self._live += live
        self._log += log
        self._differing += differs

    def compared(self, table: str, passes: int) -> TableComparison:
        return TableComparison(
            table=table,
            live_rows=self._live,
            log_rows=self._log,
            buckets=passes,
            differing=self._differing,
        )


class Verify:
    """Folds the log up to where the live model stands, and looks at each row.

    Large models take several passes, each over a part of the rows. The live model stands still
    only while its rows are read, in PostgreSQL not even then.
    """

    def __init__(self, dsn: str, model: Model, progress: Progress) -> None:
        self._dsn = dsn
        self._model = model
        self._progress = progress
        self._unapplied: set[int] = set()
        self._skipped: set[str] = set()

    async def run(self) -> Verified:
        """Raises `OtherVersion`."""
        async with await AsyncConnection.connect(self._dsn, autocommit=True) as log:
            await self._check_version(log)
            passes = 1 + await self._size(log) // ROWS_A_PASS
            found: list[Difference] = []
            counts = {table: Counts() for table in self._model.tables}
            position = 0
            for number in range(passes):
                position, live = await self._live(number, passes)
                fold = await self._fold(log, number, passes, position)
                for table, count in counts.items():
                    expected = fold.rows(table)
                    unlike = list(differences(table, live[table], expected))
                    found += unlike
                    count.add(len(live[table]), len(expected), bool(unlike))
        tables = [count.compared(table, passes) for table, count in counts.items()]
        return Verified(
            name=self._model.name,
            version=self._model.version,
            comparison=comparison(position, tables, found),
            unapplied=sorted(self._unapplied),
        )

    async def _check_version(self, connection: Connection) -> None:
        for standing in await checkpoints.of_model(connection, self._model.name):
            if standing.version != self._model.version:
                raise OtherVersion(
                    f"{self._model.name} has rows of version {standing.version}, this is version"
                    f" {self._model.version}: rebuild it."
                )

    async def _size(self, connection: Connection) -> int:
        rows = 0
        for table in self._model.tables:
            digests = await self._model.digests(connection, table, 1, copy=False)
            rows += sum(digest.rows for digest in digests.values())
        return rows

    async def _live(self, number: int, passes: int) -> tuple[int, Mapping[str, Rows]]:
        """The live rows of a pass and the position that they stand for."""
        name = self._model.name
        async with await AsyncConnection.connect(self._dsn, autocommit=True) as snapshot:
            standings = await checkpoints.of_model(snapshot, name)
            if self._model.store != "postgresql" or len(standings) > 1:
                async with HeldCheckpoint(self._dsn, self._model) as held:
                    position = await checkpoints.read(held, name)
                    return position, await self._rows(held, number, passes)
            await snapshot.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            position = await checkpoints.read(snapshot, name)
            return position, await self._rows(snapshot, number, passes)

    async def _rows(self, connection: Connection, number: int, passes: int) -> Mapping[str, Rows]:
        return {
            table: await self._model.rows(connection, table, number, passes, copy=False)
            for table in self._model.tables
        }

    async def _fold(self, log: Connection, number: int, passes: int, upto: int) -> Fold:
        fold = self._model.fold(number, passes)
        self._skipped.clear()
        dropped = await parking.dropped(log, self._model.name)
        position = 0
        while rows := await reader.rows_after(log, position, upto, PAGE):
            for row in rows:
                recorded = decode_or_mark(row)
                key = self._model.key(recorded)
                if recorded.position in dropped or self._skipped & {key, recorded.stream}:
                    continue
                try:
                    fold.add([recorded])
                except Exception:  # noqa: BLE001 - listed: the live model cannot apply it either
                    self._unapplied.add(recorded.position)
                    self._skipped.add(key)
            position = rows[-1].position
            self._progress(position, upto)
        return fold
