"""What is kept or taken at a time is bounded by bytes, not by number alone."""

import asyncio
from collections import deque
from types import SimpleNamespace
from typing import Any

from commands.refusals import NotYours
from eventstore import consumer, first_answers
from eventstore.batch import Outcome, Pending, Request, Row, take_batch
from eventstore.consumer import Feed, Fetches
from eventstore.first_answers import FirstAnswers
from eventstore.heads import Head, Heads
from eventstore.limits import EVENT_BYTES_MAX, MIB, PAGE_BYTES
from eventstore.reader import StoredRow, within
from eventstore.values import Envelope
from tests.given import NOW

ENVELOPE = Envelope(
    occurred_at=NOW,
    recorded_at=NOW,
    actor="buyer:b",
    command_id="c",
    correlation_id="c",
    causation_id="c",
)


def refuse(_: object) -> Any:
    raise NotYours


def request(number: int) -> Request:
    return Request(command_id=f"c{number}", body_hash=b"", envelope=ENVELOPE, decide=refuse)


def stored(position: int, size: int) -> StoredRow:
    return StoredRow(position, "s", position, "n", bytes(size))


def pending(number: int, size: int) -> Pending:
    made = Pending(request(number), len)
    made.decided([Row("s", 1, "n", bytes(size // 2))], bytes(size - size // 2), {}, size)
    return made


def test_first_answers_are_bounded_by_their_bytes() -> None:
    recent = FirstAnswers()
    size = 40 * 1024
    for number in range(first_answers.RECENT_MAX):
        recent.remember(request(number), Outcome(number, bytes(size)))
    kept = [n for n in range(first_answers.RECENT_MAX) if recent.get(f"c{n}")]
    assert len(kept) * size <= first_answers.RECENT_BYTES_MAX + size
    assert len(kept) * size >= first_answers.RECENT_BYTES_MAX // 2
    assert kept == list(range(kept[0], first_answers.RECENT_MAX)), "the most recent are kept"


def test_small_first_answers_are_bounded_by_number() -> None:
    recent = FirstAnswers()
    for number in range(3 * first_answers.RECENT_MAX):
        recent.remember(request(number), Outcome(number, b"{}"))
    kept = [n for n in range(3 * first_answers.RECENT_MAX) if recent.get(f"c{n}")]
    assert first_answers.RECENT_MAX // 2 <= len(kept) <= first_answers.RECENT_MAX


def test_a_batch_ends_where_its_bytes_end() -> None:
    async def play() -> tuple[list[int], list[int], int]:
        queue = deque(pending(number, MIB) for number in range(10))
        large = [len(take_batch(queue, 512, 4 * MIB)) for _ in range(3)]
        queue = deque(pending(number, 100) for number in range(1000))
        small = [len(take_batch(queue, 512, 4 * MIB)) for _ in range(2)]
        return large, small, len(take_batch(deque([pending(1, 9 * MIB)]), 512, 4 * MIB))

    assert asyncio.run(play()) == ([4, 4, 2], [512, 488], 1)


def test_a_page_of_rows_ends_where_its_bytes_end() -> None:
    rows = [stored(position, MIB) for position in range(1, 20)]
    assert [row.position for row in within(rows)] == list(range(1, PAGE_BYTES // MIB + 1))
    assert within(rows[:1], 1) == rows[:1]
    assert within([]) == []


def test_states_are_forgotten_by_what_they_weigh() -> None:
    heads = Heads(heads_max=1000, bytes_max=100)
    for number in range(10):
        heads.put(f"s{number}", Head(1, None, 20))
    assert heads.overfull
    heads.trim({"s0"})
    assert "s0" in heads, "a waiting command rests on it"
    assert not heads.overfull
    assert "s9" in heads, "the newest stays"
    heads.put("s9", Head(2, None, 21))
    heads.drop(["s0", "s0", "unknown"])
    heads.clear()
    heads.put("light", Head(1, None, 100))
    assert not heads.overfull


def test_fetches_shrink_with_the_messages_and_grow_slowly() -> None:
    fetches = Fetches()
    assert fetches.at_most(500) * EVENT_BYTES_MAX <= PAGE_BYTES  # Nothing is known of them yet.
    for _ in range(6):
        fetches.saw([SimpleNamespace(data=bytes(100))])  # type: ignore[list-item]
    assert fetches.at_most(500) == 500
    fetches.saw([SimpleNamespace(data=bytes(MIB))])  # type: ignore[list-item]
    assert fetches.at_most(500) == PAGE_BYTES // MIB
    for _ in range(10):
        fetches.saw([SimpleNamespace(data=bytes(100))])  # type: ignore[list-item]
    assert fetches.at_most(500) < 20
    for _ in range(500):
        fetches.saw([])
    assert fetches.at_most(500) == 500


def test_the_feed_is_bounded_by_bytes() -> None:
    size = MIB

    class Bus:
        def __init__(self) -> None:
            self.empty = asyncio.Event()
            self._next = 1

        async def take(self, after: int, limit: int) -> list[StoredRow]:
            if self._next > 40:
                self.empty.set()
                await asyncio.Event().wait()
            self._next += 1
            return [stored(self._next - 1, size)]

    async def play() -> tuple[list[int], list[int]]:
        bus = Bus()
        feed = Feed(bus)
        task = asyncio.create_task(feed.run())
        await bus.empty.wait()
        everything = await feed.take(0, 500)
        newest = await feed.take(38, 500)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return [row.position for row in everything], [row.position for row in newest]

    everything, newest = asyncio.run(play())
    kept = consumer.BUFFER_BYTES_MAX // size
    assert everything == list(range(41 - kept, 41 - kept + PAGE_BYTES // size))
    assert newest == [39, 40]
