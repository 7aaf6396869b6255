"""The copy of a read model that a rebuild fills: resumable, its position kept with its rows."""

from collections.abc import Sequence

from eventstore.codec import Recorded
from projections.checkpoints import Connection
from projections.model import Model
from projections.running import parking

FIND = "SELECT version, position FROM projection.build WHERE name = %s"
BEGIN = (
    "INSERT INTO projection.build (name, version, position) VALUES (%s, %s, 0)"
    " ON CONFLICT (name) DO UPDATE SET version = excluded.version, position = 0,"
    " started_at = now(), updated_at = now()"
)
MOVE = "UPDATE projection.build SET position = %s, updated_at = now() WHERE name = %s"
END = "DELETE FROM projection.build WHERE name = %s"


class NotRebuilt(RuntimeError):
    """The log holds what this version of the model cannot apply; the live rows stay."""


class Build:
    """What it cannot apply it parks as the live model would, or ends the rebuild."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.name = f"{model.name}__next"
        self.position = 0
        self.parked = 0
        self._waiting: frozenset[str] = frozenset()
        self._dropped: frozenset[int] = frozenset()

    async def begin(self, connection: Connection, *, anew: bool = False) -> bool:
        """Go on with the copy that there is, or make an empty one; whether it goes on."""
        cursor = await connection.execute(FIND, [self.model.name])
        found = await cursor.fetchone()
        known = found is not None and found[0] == self.model.version and not anew
        goes_on = known and await self.model.has_copy(connection)
        if not goes_on:
            # In this order: an empty copy must never be found with an old position.
            await self.end(connection)
            await self.model.begin_copy(connection)
            await parking.forget(connection, self.name)
            await connection.execute(BEGIN, [self.model.name, self.model.version])
        await self.learn(connection)
        return goes_on

    async def learn(self, connection: Connection) -> None:
        """What is committed: at the start, and after a transaction that was rolled back."""
        row = await (await connection.execute(FIND, [self.model.name])).fetchone()
        self.position = int(row[1]) if row else 0
        self._waiting = await parking.keys(connection, self.name)
        self._dropped = await parking.dropped(connection, self.model.name)

    async def move(self, connection: Connection, batch: Sequence[Recorded]) -> None:
        async with connection.transaction():
            go: list[Recorded] = []
            for recorded in batch:
                key = self.model.key(recorded)
                if recorded.position in self._dropped:
                    continue
                if key in self._waiting or recorded.stream in self._waiting:
                    waits_for = key if key in self._waiting else recorded.stream
                    await parking.park(connection, self.name, waits_for, recorded, None)
                else:
                    go.append(recorded)
            if go:
                await self.model.apply_copy(connection, go)
            await connection.execute(MOVE, [batch[-1].position, self.model.name])
        self.position = batch[-1].position

    async def set_aside(self, connection: Connection, bad: Recorded, error: Exception) -> None:
        many = len(self._waiting) >= parking.KEYS_MAX
        if self.model.money or many or self.model.is_fault_of_ours(error):
            raise NotRebuilt(
                f"{self.model.name} cannot apply position {bad.position}: {parking.describe(error)}"
            ) from error
        key = self.model.key(bad)
        async with connection.transaction():
            await parking.park(connection, self.name, key, bad, error)
            await connection.execute(MOVE, [bad.position, self.model.name])
        self._waiting |= {key}
        self.position = bad.position
        self.parked += 1

    def is_transient(self, error: Exception) -> bool:
        return self.model.is_transient(error)

    async def end(self, connection: Connection) -> None:
        """The copy is live now, or gone."""
        await connection.execute(END, [self.model.name])
