"""The async group-commit store: every command waiting goes into one statement, one commit."""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable

import msgspec
import psycopg

from eventstore.batch import Appended, Outcome, Pending, Request, append, row_of
from eventstore.connection import Connector, Loader
from eventstore.errors import (
    CommandIdReused,
    Contended,
    OutcomeUnknown,
    QueueFull,
    Refused,
    Unavailable,
    VersionMismatch,
)
from eventstore.heads import HEADS_MAX, Fold, Head, Heads, NotLoaded

ATTEMPTS_MAX = 12
RECENT_MAX = 10_000

log = logging.getLogger(__name__)


class Limits(msgspec.Struct, frozen=True):
    """`queue_max` commands may wait, of which `batch_max` go into one commit."""

    queue_max: int = 2_000
    batch_max: int = 512
    heads_max: int = HEADS_MAX
    reconnect_within_s: float = 3.0


class EventStore:
    """Decides commands on speculative heads and answers them after their commit.

    All methods belong to one event loop. Several stores, in one process or many, may write the
    same log: a decision that rests on a stream somebody else has written since is made again.
    """

    def __init__(self, dsn: str, fold: Fold, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._fold = fold
        self._heads = Heads(self._limits.heads_max)
        self._connector = Connector(dsn)
        self._loader = Loader(Connector(dsn), fold, self._heads)
        self._queue: deque[Pending] = deque()
        self._in_flight: dict[str, Pending] = {}
        self._recent: dict[str, tuple[bytes, Outcome]] = {}
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

    async def stop(self) -> None:
        """Commit what waits, then close."""
        while self._ready and (self._queue or self._in_flight):
            await asyncio.wait([pending.future for pending in self._in_flight.values()])
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._loader.stop()
        await self._connector.close()
        self._ready = False

    async def execute(self, request: Request) -> Outcome:
        """Decide and commit one command; the answer is on disk when this returns.

        Raises the decider's `Refused`, `CommandIdReused`, or an `Unavailable`.
        """
        if not self._ready:
            raise Unavailable("the event store is not reachable")
        first = self._recent.get(request.command_id)
        if first is not None:
            return _first_answer(request, first)
        twin = self._in_flight.get(request.command_id)
        if twin is not None:
            outcome = await asyncio.shield(twin.future)
            return _first_answer(request, (twin.request.body_hash, outcome))
        if len(self._in_flight) >= self._limits.queue_max:
            raise QueueFull("too many commands are waiting")
        pending = Pending(request, asyncio.get_running_loop().create_future())
        self._in_flight[request.command_id] = pending
        try:
            await self._decide(pending)
            self._queue.append(pending)
            self._wake.set()
            return await pending.future
        except psycopg.OperationalError as error:
            raise Unavailable("the event store is not reachable") from error
        finally:
            del self._in_flight[request.command_id]
            if not pending.future.done():
                pending.future.cancel()

    async def _decide(self, pending: Pending) -> None:
        missing = [stream for stream in pending.request.streams if stream not in self._heads]
        if missing:
            await self._loader.load(missing)
        while True:
            try:
                self._decide_now(pending)
            except NotLoaded as needed:
                await self._loader.load([needed.stream])
            else:
                return

    def _decide_now(self, pending: Pending) -> None:
        reads: dict[str, int] = {}

        def read(stream: str, new: bool) -> object:
            head = self._heads.get(stream)
            if head is None:
                # An unknown stream may be taken for empty once: the append would notice.
                if not new or pending.attempts:
                    raise NotLoaded(stream)
                head = Head(0, self._fold.initial(stream))
            reads[stream] = head.version
            return head.state

        pending.reads = reads
        try:
            if (expected := pending.request.expected) is not None:
                read(expected[0], False)
                if reads[expected[0]] != expected[1]:
                    raise VersionMismatch("it has changed since")
            events, answer = pending.request.decide(read)
        except Refused as refusal:
            pending.refused(refusal)
            return
        rows = []
        for event in events:
            stream = event.stream
            head = self._heads.get(stream) or Head(0, self._fold.initial(stream))
            head = Head(head.version + 1, self._fold.evolve(stream, head.state, event))
            self._heads.put(stream, head)
            reads.setdefault(stream, head.version - 1)
            rows.append(row_of(event, head.version, pending.request.envelope))
        pending.decided(rows, answer)

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                size = min(len(self._queue), self._limits.batch_max)
                await self._commit([self._queue.popleft() for _ in range(size)])

    async def _commit(self, batch: list[Pending]) -> None:
        try:
            result = await append(self._connector.connection, self._known, batch)
        except psycopg.OperationalError as error:
            await self._recover(batch, error)
        except psycopg.Error as error:
            await self._isolate(batch, error)
        else:
            self._learn(result)
            if result.status == "appended":
                self._answer(batch, result)
            else:
                await self._again(batch, result)

    def _learn(self, result: Appended) -> None:
        self._known = result.position
        self._heads.drop(result.foreign_streams)
        self._loader.changed(result.foreign_streams)

    def _answer(self, batch: list[Pending], result: Appended) -> None:
        position = result.position - sum(len(pending.rows) for pending in batch)
        for pending in batch:
            if pending.refusal is None:
                position += len(pending.rows)
                outcome = Outcome(position, pending.answer)
                self._remember(pending.request, outcome)
                pending.succeed(outcome)
            else:
                self._answer_refused(pending, result)

    def _answer_refused(self, pending: Pending, result: Appended) -> None:
        assert pending.refusal is not None
        first = result.first_answers.get(pending.request.command_id)
        if first is None:
            pending.fail(pending.refusal)
        else:
            self._answer_again(pending, first)

    def _answer_again(self, pending: Pending, first: tuple[bytes, Outcome]) -> None:
        try:
            outcome = _first_answer(pending.request, first)
        except CommandIdReused as error:
            pending.fail(error)
        else:
            self._remember(pending.request, outcome)
            pending.succeed(outcome)

    def _remember(self, request: Request, outcome: Outcome) -> None:
        self._recent[request.command_id] = (request.body_hash, outcome)
        if len(self._recent) > RECENT_MAX:
            del self._recent[next(iter(self._recent))]

    async def _again(self, batch: list[Pending], result: Appended) -> None:
        """Answer repeated commands; decide the others again on what is true now."""
        rest: list[Pending] = []
        for pending in batch:
            first = result.first_answers.get(pending.request.command_id)
            if first is None:
                rest.append(pending)
            else:
                self._answer_again(pending, first)
        self._forget([*batch, *self._queue])
        rest.extend(self._queue)
        self._queue.clear()
        for pending in rest:
            pending.attempts += result.status == "conflict"
            if pending.attempts > ATTEMPTS_MAX:
                pending.fail(Contended("others keep writing the same streams"))
            elif not pending.future.done():
                await self._decide_again(pending)
        self._wake.set()

    async def _decide_again(self, pending: Pending) -> None:
        try:
            await self._decide(pending)
        except Exception as error:  # noqa: BLE001 - the fault belongs to this command alone
            pending.fail(error)
        else:
            self._queue.append(pending)

    def _forget(self, pendings: Iterable[Pending]) -> None:
        for pending in pendings:
            self._heads.drop(pending.reads)

    async def _isolate(self, batch: list[Pending], error: psycopg.Error) -> None:
        """A statement that the database rejects fails its own command only."""
        log.error("the database rejected a batch of %d: %s", len(batch), type(error).__name__)
        self._forget([*batch, *self._queue])
        if len(batch) == 1:
            batch[0].fail(Unavailable("the database rejected the command"))
            batch = []
        waiting = [*batch, *self._queue]
        self._queue.clear()
        for pending in waiting:
            self._forget([pending])
            await self._decide_again(pending)
            if pending in batch and self._queue:
                await self._commit([self._queue.pop()])

    async def _recover(self, batch: list[Pending], error: psycopg.OperationalError) -> None:
        """After a lost connection: look the outcome up, never guess it."""
        log.warning("lost the event store (%s); reconnecting", type(error).__name__)
        self._ready = False
        self._heads.clear()
        for pending in self._queue:
            pending.fail(Unavailable("the event store is not reachable"))
        self._queue.clear()
        ids = [pending.request.command_id for pending in batch]
        lookup = asyncio.create_task(self._connector.recover(ids))
        done, _ = await asyncio.wait([lookup], timeout=self._limits.reconnect_within_s)
        if not done:
            for pending in batch:
                pending.fail(OutcomeUnknown("the event store was lost during the commit"))
        self._known, first_answers = await lookup
        self._heads.clear()
        self._ready = True
        for pending in batch:
            first = first_answers.get(pending.request.command_id)
            if first is None:
                pending.fail(Unavailable("the event store was lost before the commit"))
            else:
                # Ours, not a replay: nobody has been answered yet.
                pending.succeed(Outcome(first[1].position, first[1].answer))


def _first_answer(request: Request, first: tuple[bytes, Outcome]) -> Outcome:
    body_hash, outcome = first
    if body_hash != request.body_hash:
        raise CommandIdReused(request.command_id)
    return Outcome(outcome.position, outcome.answer, replayed=True)
