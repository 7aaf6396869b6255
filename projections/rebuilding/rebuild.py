"""Rebuilds a read model from the log beside the live one, compares the two and swaps them."""

import asyncio
from collections.abc import Callable

import msgspec
import psycopg
from psycopg import AsyncConnection

from eventstore import reader
from eventstore.unreadable import decode_or_mark
from projections import checkpoints
from projections.checkpoints import Connection
from projections.model import Model
from projections.rebuilding.build import Build
from projections.rebuilding.compare import Comparison, compare
from projections.rebuilding.held import HeldCheckpoint
from projections.rebuilding.throttle import Throttle
from projections.running import parking
from projections.running.advance import advance
from projections.running.parts import align

PAGE = 2_000
NEAR = 500
RATE = 20_000
# A swap of tables that has to wait makes readers wait behind it: it rather tries again.
SWAP_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '300ms'"
SWAP_AGAIN_S = 0.1
SWAP_TRIES = 100
LOCK = "SELECT pg_try_advisory_lock(hashtextextended('rebuild:' || %s, 0))"
UNLOCK = "SELECT pg_advisory_unlock(hashtextextended('rebuild:' || %s, 0))"
SNAPSHOT = "SELECT count(*) FROM projection.checkpoint"

type Progress = Callable[[int, int], None]


def silently(_position: int, _upto: int) -> None:
    """Progress that nobody looks at."""


class AlreadyRebuilding(RuntimeError):
    """Somebody else rebuilds this model just now."""


class Rebuilt(msgspec.Struct, frozen=True, kw_only=True):
    """`comparison` is None where the live rows were made by another version.

    `parked` counts events that could not be applied and wait, with the later ones of their key.
    """

    name: str
    version: int
    position: int
    resumed: bool
    swapped: bool
    parked: int
    comparison: Comparison | None


class Rebuild:
    """One rebuild of one model. It has no effect outside the copy until it swaps.

    `rate` limits the replay, in events a second (0: none).
    """

    def __init__(self, dsn: str, model: Model, progress: Progress, rate: int = RATE) -> None:
        self._dsn = dsn
        self._model = model
        self._progress = progress
        self._throttle = Throttle(rate)
        self._build = Build(model)

    async def run(self, *, dry_run: bool = False, anew: bool = False) -> Rebuilt:
        """Replay, catch up, compare, swap. Raises `AlreadyRebuilding`.

        Ended at any point it is gone on with the next time, unless `anew`.
        """
        async with await AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            await connection.execute("SET synchronous_commit = off")
            await self._model.ensure(connection)
            row = await (await connection.execute(LOCK, [self._model.name])).fetchone()
            if row is None or not row[0]:
                raise AlreadyRebuilding(f"{self._model.name} is being rebuilt already.")
            try:
                return await self._run(connection, dry_run=dry_run, anew=anew)
            finally:
                if not connection.closed:
                    await connection.execute(UNLOCK, [self._model.name])

    async def _run(self, connection: Connection, *, dry_run: bool, anew: bool) -> Rebuilt:
        resumed = await self._build.begin(connection, anew=anew)
        await self._replay(connection)
        compared = await self._compare(connection)
        if not dry_run:
            await self._replay(connection)
            await self._swap(connection)
        return Rebuilt(
            name=self._model.name,
            version=self._model.version,
            position=self._build.position,
            resumed=resumed,
            swapped=not dry_run,
            parked=self._build.parked,
            comparison=compared,
        )

    async def _end(self, connection: Connection) -> tuple[int, bool]:
        """How far the copy may go, and whether the live rows are of its version.

        Never past the live model, which it is compared with and replaces; without one of its
        version, to the end of the log.
        """
        standings = await checkpoints.of_model(connection, self._model.name)
        head = await reader.head(connection)
        if all(standing.version == self._model.version for standing in standings):
            # Rows of a log that was longer are compared too: they differ.
            return min(max(standing.position for standing in standings), head), True
        return head, False

    async def _replay(self, connection: Connection) -> None:
        """Up to the present end, until little has come meanwhile."""
        while True:
            upto, _ = await self._end(connection)
            if upto - self._build.position < NEAR:
                return
            await self._replay_to(connection, upto)

    async def _replay_to(self, connection: Connection, upto: int, *, paced: bool = True) -> None:
        while self._build.position < upto:
            rows = await reader.rows_after(connection, self._build.position, upto, PAGE)
            if not rows:
                return
            await advance(connection, self._build, [decode_or_mark(row) for row in rows])
            self._progress(self._build.position, upto)
            if paced:
                await self._throttle.passed(len(rows))

    async def _compare(self, connection: Connection) -> Comparison | None:
        """The live model stands still while its checkpoint is locked: in PostgreSQL only until a
        snapshot of both is taken, elsewhere, or if it has parts, until they have been compared.
        """
        async with await AsyncConnection.connect(self._dsn, autocommit=True) as snapshot:
            await snapshot.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            async with HeldCheckpoint(self._dsn, self._model) as held:
                upto, alike = await self._end(held)
                await self._replay_to(connection, upto, paced=False)
                if not alike:
                    return None
                standings = await checkpoints.of_model(held, self._model.name)
                if self._model.store != "postgresql" or len(standings) > 1:
                    return await compare(held, self._model, self._build.position)
                await snapshot.execute(SNAPSHOT)
            return await compare(snapshot, self._model, self._build.position)

    async def _swap(self, connection: Connection) -> None:
        if self._model.store != "postgresql":
            # Ended between that store's swap and the commit here, what is left beside the live
            # one is the old one: nobody may go on with it as a copy.
            await self._build.end(connection)
            await self._try_swap(connection)
            return
        for _ in range(SWAP_TRIES):
            try:
                await self._try_swap(connection)
            except psycopg.errors.LockNotAvailable:
                # What was replayed in the same transaction is gone with it.
                await self._build.learn(connection)
                await asyncio.sleep(SWAP_AGAIN_S)
                await self._replay(connection)
            else:
                return
        raise TimeoutError(f"{self._model.name} is always being read: the swap got no turn.")

    async def _try_swap(self, connection: Connection) -> None:
        name = self._model.name
        async with connection.transaction():
            if self._model.store == "postgresql":
                await connection.execute(SWAP_LOCK_TIMEOUT)
            standings = await checkpoints.of_model(connection, name, lock=True)
            await align(connection, self._model, standings)
            upto, _ = await self._end(connection)
            await self._replay_to(connection, upto, paced=False)
            await self._model.swap(connection)
            await parking.rename(connection, self._build.name, name)
            await self._build.end(connection)
            await checkpoints.put_swapped(
                connection, name, self._build.position, self._model.version
            )
