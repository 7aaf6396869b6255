"""The async group-commit store: every command waiting goes into one statement, one commit."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable

from eventstore.away import DATABASE_AWAY
from eventstore.batch import Appended, Outcome, Pending, Request, append, take_batch
from eventstore.connection import Connector, Loader
from eventstore.errors import CommandIdReused, Contended, OutcomeUnknown, QueueFull, Unavailable
from eventstore.first_answers import FirstAnswers, first_answer
from eventstore.heads import Fold, Heads
from eventstore.limits import ATTEMPTS_MAX, ATTEMPTS_OPEN, FOLLOW_MIN_S, Limits, follow_after
from eventstore.speculation import Speculation

log = logging.getLogger(__name__)


class EventStore:
    """Decides commands on speculative heads and answers them after their commit.

    All methods belong to one event loop. Several stores, in one process or many, may write the
    same log: a decision that rests on a stream somebody else has written since is made again.
    """

    def __init__(self, dsn: str, fold: Fold, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._heads = Heads(self._limits.heads_max)
        self._connector = Connector(dsn)
        self._loader = Loader(Connector(dsn), fold, self._heads)
        self._speculation = Speculation(fold, self._heads, self._loader)
        self._queue: deque[Pending] = deque()
        self._in_flight: dict[str, Pending] = {}
        self._recent = FirstAnswers()
        self._known = 0
        self._wake = asyncio.Event()
        self._ready = False
        self._task: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether the log can be written right now, as far as is known."""
        return self._ready

    @property
    def waiting(self) -> int:
        return len(self._queue)

    async def start(self) -> None:
        """Connect and start the committer. Raises `psycopg.OperationalError` without a server."""
        connection = await self._connector.connect()
        self._known = await self._connector.position(connection)
        self._ready = True
        self._loader.start()
        self._task = asyncio.create_task(self._run(), name="committer")
        self._task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Commit what waits, then close."""
        while self._ready and self._in_flight:
            waiting = [pending.wait() for pending in self._in_flight.values()]
            await asyncio.gather(*waiting, return_exceptions=True)
        self._ready = False
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._loader.stop()
        await self._connector.close()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Nobody waits for a committer that is no more, whatever ended it."""
        self._ready = False
        if not task.cancelled() and (error := task.exception()):
            log.critical("the committer ended", exc_info=error)
        for pending in list(self._in_flight.values()):
            pending.fail(OutcomeUnknown("the event store is closed"))

    async def execute(self, request: Request) -> Outcome:
        """Decide and commit one command; the answer is on disk when this returns.

        Raises the decider's `Refused`, `CommandIdReused`, or an `Unavailable`.
        """
        if not self._ready:
            raise Unavailable("the event store is not reachable")
        first = self._recent.get(request.command_id)
        if first is not None:
            return first_answer(request, first)
        twin = self._in_flight.get(request.command_id)
        if twin is not None:
            if twin.request.body_hash != request.body_hash:
                raise CommandIdReused(request.command_id)
            return first_answer(request, (twin.request.body_hash, await twin.wait()))
        if len(self._in_flight) >= self._limits.queue_max:
            raise QueueFull("too many commands are waiting")
        waiter = await self._taken(request)
        try:
            # A client that goes away does not take its command along: a twin may be waiting.
            return await waiter
        finally:
            del waiter  # It holds what is raised, and what is raised holds this frame.

    async def _taken(self, request: Request) -> asyncio.Future[Outcome]:
        """Decided and in the queue, or failed."""
        pending = Pending(request, self._in_flight.pop)
        self._in_flight[request.command_id] = pending
        waiter = pending.wait()
        try:
            await self._decide_again(pending)
        except asyncio.CancelledError:
            waiter.cancel()
            pending.fail(Unavailable("the client went away before the command was decided"))
            raise
        self._wake.set()
        return waiter

    async def _run(self) -> None:
        follow_s = FOLLOW_MIN_S
        while True:
            try:
                async with asyncio.timeout(follow_s):
                    await self._wake.wait()
            except TimeoutError:
                # Idle: learn what others write, so that no state is far behind when it is needed,
                # and whether the log is still there.
                known = self._known
                await self._commit([])
                follow_s = follow_after(self._known - known, follow_s)
                continue
            self._wake.clear()
            follow_s = FOLLOW_MIN_S
            while self._queue:
                limits = self._limits
                await self._commit(take_batch(self._queue, limits.batch_max, limits.batch_bytes))

    async def _commit(self, batch: list[Pending]) -> None:
        try:
            result = await append(self._connector.connection, self._known, batch)
        except DATABASE_AWAY as error:
            await self._recover(batch, error)
        except Exception as error:  # noqa: BLE001 - also what cannot even be sent
            await self._isolate(batch, error)
        else:
            await self._settle(batch, result)

    async def _settle(self, batch: list[Pending], result: Appended) -> None:
        """Answer what stands in the log; decide again what does not."""
        appended = result.status == "appended"
        stands: list[Pending] = []
        lost: list[Pending] = []
        for pending in batch:
            (stands if appended and pending.group not in result.rejected else lost).append(pending)
        again = self._learn(result, lost)
        self._recent.answer(stands, result)
        if again:
            for pending in lost:
                pending.attempts += 1
                pending.collided |= pending.group in result.collided
            await self._again(again, result)

    def _learn(self, result: Appended, lost: list[Pending]) -> list[Pending]:
        """Know the log up to `result.position`; returns what must be decided again, in order."""
        self._known = result.position
        again: list[Pending] = []
        if result.status == "far":
            again = [*lost, *self._queue]
            for pending in again:
                pending.before = {}
            self._queue.clear()
            self._heads.clear()
            self._loader.changed_all()
        elif lost or result.foreign:
            foreign = {event.stream for event in result.foreign}
            self._loader.told(result.foreign)
            again = self._speculation.take_back([*lost, *self._queue], foreign, lost)
            self._speculation.catch_up(result.foreign)
            gone = set(map(id, again))
            self._queue = deque(pending for pending in self._queue if id(pending) not in gone)
        self._trim()
        return again

    def _trim(self) -> None:
        if self._heads.overfull:
            kept: set[str] = set()
            for pending in self._in_flight.values():
                kept.update(pending.needs, pending.reads)
            self._heads.trim(kept)

    async def _again(self, again: list[Pending], result: Appended) -> None:
        """Answer repeated commands; decide the others again on what is true now."""
        rest: list[Pending] = []
        for pending in again:
            first = result.first_answers.get(pending.request.command_id)
            if first is None:
                rest.append(pending)
            else:
                self._recent.answer_again(pending, first)
        if any(pending.attempts > ATTEMPTS_OPEN for pending in rest):
            await self._commit_locked(rest)
            return
        await self._decide_all(rest)
        self._wake.set()

    async def _commit_locked(self, rest: list[Pending]) -> None:
        """Lost too often to other writers: decide and append while nobody else can."""
        connection = self._connector.connection
        batch: list[Pending] = rest
        try:
            async with connection.transaction():
                await self._connector.locked_position(connection)
                batch = [*rest, *self._learn(await append(connection, self._known, []), [])]
                await self._decide_all(batch)
                limits = self._limits
                batch = take_batch(self._queue, limits.batch_max, limits.batch_bytes)
                result = await append(connection, self._known, batch)
        except DATABASE_AWAY as error:
            await self._recover(batch, error)
        except Exception as error:  # noqa: BLE001 - also what cannot even be sent
            await self._isolate(batch, error)
        else:
            await self._settle(batch, result)

    async def _decide_all(self, rest: Iterable[Pending]) -> None:
        await self._speculation.load_for(rest)
        for pending in rest:
            if pending.attempts > ATTEMPTS_MAX:
                pending.fail(Contended("others keep writing the same streams"))
            else:
                await self._decide_again(pending)

    async def _decide_again(self, pending: Pending) -> None:
        try:
            await self._speculation.decide(pending)
        except DATABASE_AWAY as error:
            unavailable = Unavailable("the event store is not reachable")
            unavailable.__cause__ = error
            pending.fail(unavailable)
        except Exception as error:  # noqa: BLE001 - the fault belongs to this command alone
            pending.fail(error)
        else:
            self._queue.append(pending)

    async def _isolate(self, batch: list[Pending], error: Exception) -> None:
        """What the database rejects fails its own command only: one at a time, in order."""
        log.error("the database rejected a batch of %d: %s", len(batch), type(error).__name__)
        if len(batch) == 1:
            batch[0].fail(Unavailable("the database rejected the command"))
        waiting = [*batch, *self._queue]
        self._speculation.take_back(waiting, set(), waiting)
        self._queue.clear()
        alone = {id(pending) for pending in batch}
        await self._speculation.load_for(waiting)
        for pending in waiting:
            if pending.done:
                continue
            await self._decide_again(pending)
            if id(pending) in alone:
                # All that was decided before it goes before it, so in order, one at a time.
                while self._queue:
                    await self._commit([self._queue.popleft()])
        self._wake.set()

    async def _recover(self, batch: list[Pending], error: Exception) -> None:
        """After a lost connection: look the outcome up, never guess it."""
        log.warning("lost the event store (%s); reconnecting", type(error).__name__)
        self._ready = False
        self._heads.clear()
        # What comes back may be an older log, which a first answer is no longer true of.
        self._recent.clear()
        for pending in self._queue:
            pending.fail(Unavailable("the event store is not reachable"))
        self._queue.clear()
        ids = [pending.request.command_id for pending in batch]
        lookup = asyncio.create_task(self._connector.recover(ids))
        try:
            done, _ = await asyncio.wait([lookup], timeout=self._limits.reconnect_within_s)
            if not done:
                for pending in batch:
                    pending.fail(OutcomeUnknown("the event store was lost during the commit"))
            before, (self._known, first_answers) = self._known, await lookup
        finally:
            lookup.cancel()
        if self._known < before:
            log.critical("the log ends at %d and was at %d: it is older", self._known, before)
        # What was loaded or decided meanwhile may lie before the position that is known now.
        self._heads.clear()
        self._loader.changed_all()
        self._ready = True
        for pending in batch:
            first = first_answers.get(pending.request.command_id)
            if first is None:
                pending.fail(Unavailable("the event store was lost before the commit"))
            elif first[1].position > before and first[0] == pending.request.body_hash:
                # Ours, not a replay: nobody has been answered yet.
                pending.succeed(Outcome(first[1].position, first[1].answer))
            else:
                self._recent.answer_again(pending, first)
        waiting, self._queue = self._queue, deque()
        for pending in waiting:
            await self._decide_again(pending)
