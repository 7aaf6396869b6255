"""A live read model as the one who projects sees it: where it is, what waits, why it rests."""

import logging
from collections.abc import Sequence

from eventstore.codec import Recorded
from projections import checkpoints
from projections.checkpoints import Connection, Standing, model_of
from projections.model import Applied
from projections.running import parking
from projections.running.advance import Stopped

BACKOFF_S = 0.5
BACKOFF_MAX_S = 30.0

log = logging.getLogger(__name__)


class LiveModel:
    """One model, or one part of one, with its checkpoint."""

    def __init__(self, model: Applied) -> None:
        self.model = model
        self.name = model.name
        self.position = 0
        self.retry_at = 0.0
        self._owner = model_of(model.name)
        self._standing: Standing | None = None
        self._waiting: frozenset[str] = frozenset()
        self._failures = 0

    @property
    def runs(self) -> bool:
        """Whether it may be moved: neither held, nor stopped, nor made by another version."""
        standing = self._standing
        return (
            standing is not None
            and not standing.paused
            and not standing.stopped
            and standing.version == self.model.version
        )

    @property
    def is_of_older_version(self) -> bool:
        return self._standing is not None and self._standing.version < self.model.version

    @property
    def expected(self) -> tuple[int, int]:
        """Position and generation, as the checkpoint must have them."""
        return self.position, self._standing.generation if self._standing else -1

    async def learn(self, connection: Connection, standing: Standing | None) -> None:
        """What the checkpoint says, and which keys have events that wait."""
        self._standing = standing
        if standing is not None:
            self.position = standing.position
            self._waiting = await parking.keys(connection, self._owner)

    async def write(self, connection: Connection, batch: Sequence[Recorded]) -> None:
        """Rows, and what must wait: inside the transaction that moves the checkpoint."""
        if not self._waiting:
            await self.model.apply(connection, batch)
            return
        go: list[Recorded] = []
        for recorded in batch:
            key = self.model.key(recorded)
            if key not in self._waiting and recorded.stream not in self._waiting:
                go.append(recorded)
            elif self.model.owns(key):
                waits_for = key if key in self._waiting else recorded.stream
                await parking.park(connection, self._owner, waits_for, recorded, None)
        if go:
            await self.model.apply(connection, go)

    async def move(self, connection: Connection, batch: Sequence[Recorded]) -> None:
        """The lock comes first: a rebuild swaps under it. Raises `CheckpointMoved`."""
        to = batch[-1].position
        async with connection.transaction():
            await checkpoints.lock_all(connection, {self.name: self.expected})
            await self.write(connection, batch)
            await checkpoints.put_all(connection, [self.name], to)
        self.moved(to)

    def moved(self, to: int) -> None:
        self.position = to
        self._failures = 0

    def is_transient(self, error: Exception) -> bool:
        return self.model.is_transient(error)

    async def set_aside(self, connection: Connection, bad: Recorded, error: Exception) -> None:
        """Money stops; everything else parks the event's key and goes on."""
        many = len(self._waiting) >= parking.KEYS_MAX
        if self.model.money or many or self.model.is_fault_of_ours(error):
            await self._stop(connection, bad, error)
        key = self.model.key(bad)
        async with connection.transaction():
            await checkpoints.lock_all(connection, {self.name: self.expected})
            await parking.park(connection, self._owner, key, bad, error)
            await checkpoints.put_all(connection, [self.name], bad.position)
        self.moved(bad.position)
        self._waiting |= {key}
        log.error("%s parked %s at position %d: %s", self.name, key, bad.position, error)

    async def _stop(self, connection: Connection, bad: Recorded, error: Exception) -> None:
        problem = f"cannot apply position {bad.position}: {parking.describe(error)}"
        await checkpoints.stop(connection, self.name, problem[:500])
        log.error("%s stopped: it %s", self.name, problem)
        raise Stopped(problem)

    async def rest(self, connection: Connection, error: Exception, now: float) -> None:
        """After a transient failure: longer every time."""
        self._failures += 1
        self.retry_at = now + min(BACKOFF_S * 2 ** (self._failures - 1), BACKOFF_MAX_S)
        log.warning("%s rests: %s", self.name, parking.describe(error))
        problem = f"after position {self.position}: {parking.describe(error)}"
        await checkpoints.report_problem(connection, self.name, problem[:500])
