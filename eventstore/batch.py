"""One command on its way into the log, and the single statement that appends many."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from psycopg import AsyncConnection

from eventstore.arrays import ByteaArray, Int8Array, TextArray
from eventstore.codec import encode, name_of
from eventstore.events.base import Event
from eventstore.foreign import Foreign
from eventstore.heads import Head, Read
from eventstore.values import Envelope

APPEND = (
    "SELECT * FROM append_batch(%s::bigint, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """`position` of the command's last event; `answer` is the first answer's bytes."""

    position: int
    answer: bytes
    replayed: bool = False


type Decide = Callable[[Read], tuple[list[Event], bytes]]


class Request(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A command with what it needs to be decided.

    `decide(read)` is pure: it may run several times, and returns events and the answer's bytes
    or raises a `Refused`. `read(stream, new)` gives a state; with `new` an unknown stream is
    taken to be empty, which the append verifies. When one has to be loaded, those that
    `streams` names are loaded with it.
    With `expected` (a stream and its version) a command that `decide` lets pass is refused at any
    other version.
    """

    command_id: str
    body_hash: bytes
    envelope: Envelope
    decide: Decide
    streams: Callable[[], Sequence[str]] = tuple
    expected: tuple[str, int] | None = None


class Row(msgspec.Struct, frozen=True, gc=False):
    stream: str
    version: int
    name: str
    state: bytes


class Pending:
    """A request between its arrival and its answer, and everyone who waits for that.

    `settled` is called once, when the answer is there.
    """

    __slots__ = (
        "_settled",
        "_waiters",
        "answer",
        "attempts",
        "before",
        "collided",
        "done",
        "group",
        "needs",
        "reads",
        "refusal",
        "request",
        "rows",
        "size",
    )

    def __init__(self, request: Request, settled: Callable[[str], object]) -> None:
        self.request = request
        self.attempts = 0
        self.collided = False
        self.done = False
        self._settled = settled
        self._waiters: list[asyncio.Future[Outcome]] = []
        self.group = 0
        self.reads: dict[str, int] = {}
        self.before: dict[str, Head | None] = {}
        self.needs: set[str] = set()
        self.rows: list[Row] = []
        self.answer = b""
        self.size = 0
        self.refusal: Exception | None = None

    def decided(
        self, rows: list[Row], answer: bytes, before: dict[str, Head | None], size: int
    ) -> None:
        """`before`: the states that its events replaced, to go back to. `size`: bytes to append."""
        self.rows, self.answer, self.refusal, self.before = rows, answer, None, before
        self.size = size

    def refused(self, refusal: Exception) -> None:
        """By the decider, or by a fault: the append verifies the states that it rests on."""
        self.before = {}
        self.rows, self.answer, self.refusal = [], b"", refusal
        self.size = 0

    def wait(self) -> asyncio.Future[Outcome]:
        """The answer, for one more who waits; giving up cancels nothing for the others."""
        waiter: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        return waiter

    def succeed(self, outcome: Outcome) -> None:
        for waiter in self._settle():
            waiter.set_result(outcome)

    def fail(self, error: Exception) -> None:
        for waiter in self._settle():
            waiter.set_exception(error)

    def _settle(self) -> list[asyncio.Future[Outcome]]:
        """Those who still wait for the first answer; none for any later one."""
        if self.done:
            return []
        self.done = True
        waiting = [waiter for waiter in self._waiters if not waiter.done()]
        self._waiters = []
        self._settled(self.request.command_id)
        return waiting


def take_batch(queue: deque[Pending], count: int, size: int) -> list[Pending]:
    """The first of the queue: at most `count`, and of about `size` bytes together."""
    batch: list[Pending] = []
    while queue and len(batch) < count and size > 0:
        pending = queue.popleft()
        size -= pending.size
        batch.append(pending)
    return batch


class Appended(msgspec.Struct, frozen=True):
    """What append_batch answered; see the SQL file for the meaning of each field."""

    status: str
    position: int
    rejected: frozenset[int]
    collided: frozenset[int]
    foreign: list[Foreign]
    first_answers: dict[str, tuple[bytes, Outcome]]


def row_of(event: Event, version: int, envelope: Envelope) -> Row:
    return Row(event.stream, version, name_of(event), encode(event, envelope))


def _group(batch: Sequence[Pending]) -> None:
    """Number the groups: commands that rest on one another's events stand or fall together."""
    leader = list(range(len(batch)))

    def find(number: int) -> int:
        while leader[number] != number:
            leader[number] = number = leader[leader[number]]
        return number

    writer: dict[str, int] = {}
    for number, pending in enumerate(batch):
        for stream in pending.reads:
            earlier = writer.get(stream)
            if earlier is not None:
                leader[find(earlier)] = number
        for row in pending.rows:
            writer[row.stream] = number
    for number, pending in enumerate(batch):
        pending.group = find(number)


def _parameters(known: int, batch: Sequence[Pending]) -> tuple[object, ...]:
    _group(batch)
    accepted = [pending for pending in batch if pending.refusal is None]
    refused = [pending.request.command_id for pending in batch if pending.refusal is not None]
    rows: list[Row] = []
    row_groups: list[int] = []
    for pending in accepted:
        rows.extend(pending.rows)
        row_groups.extend([pending.group] * len(pending.rows))
    reads: list[str] = []
    read_groups: list[int] = []
    for pending in batch:
        reads.extend(pending.reads)
        read_groups.extend([pending.group] * len(pending.reads))
    return (
        known,
        TextArray(reads),
        Int8Array(read_groups),
        TextArray([pending.request.command_id for pending in accepted]),
        ByteaArray([pending.request.body_hash for pending in accepted]),
        ByteaArray([pending.answer for pending in accepted]),
        Int8Array([len(pending.rows) for pending in accepted]),
        Int8Array([pending.group for pending in accepted]),
        TextArray(refused),
        TextArray([row.stream for row in rows]),
        Int8Array([row.version for row in rows]),
        TextArray([row.name for row in rows]),
        ByteaArray([row.state for row in rows]),
        Int8Array(row_groups),
    )


async def append(
    connection: AsyncConnection[tuple[Any, ...]], known: int, batch: Sequence[Pending]
) -> Appended:
    """Append the batch in one round trip, or learn why not. No command is half written."""
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(APPEND, _parameters(known, batch), prepare=True)
        row = await cursor.fetchone()
    assert row is not None
    return appended(row)


def appended(row: Sequence[Any]) -> Appended:
    status, position, rejected, collided, streams, versions, names, states = row[:8]
    ids, hashes, positions, answers = row[8:]
    known = zip(ids or (), hashes or (), positions or (), answers or (), strict=True)
    foreign = zip(streams or (), versions or (), names or (), states or (), strict=True)
    return Appended(
        status=status,
        position=position,
        rejected=frozenset(rejected or ()),
        collided=frozenset(collided or ()),
        foreign=[Foreign(*event) for event in foreign],
        first_answers={
            command_id: (bytes(body_hash), Outcome(at, bytes(answer), replayed=True))
            for command_id, body_hash, at, answer in known
        },
    )
