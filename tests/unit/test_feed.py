"""One consumer for several readers: none waits for another, none misses anything."""

import asyncio
from collections.abc import Iterable

from eventstore import consumer
from eventstore.consumer import Feed
from eventstore.reader import StoredRow


def row(position: int) -> StoredRow:
    return StoredRow(position, "seller-s", position, "seller.registered.v1", b"{}")


class Bus:
    """Delivers batches, then nothing more."""

    def __init__(self, batches: Iterable[Iterable[int]]) -> None:
        self._batches = [list(map(row, batch)) for batch in batches]
        self.empty = asyncio.Event()

    def then(self, rows: list[StoredRow]) -> None:
        self._batches.append(rows)

    async def take(self, after: int, limit: int) -> list[StoredRow]:
        if self._batches:
            return self._batches.pop(0)
        self.empty.set()
        await asyncio.Event().wait()
        return []


def fed(batches: Iterable[Iterable[int]], *takes: tuple[int, int]) -> list[list[int]]:
    """What readers get who ask after a position for so many, once all has been delivered."""

    async def play() -> list[list[int]]:
        bus = Bus(batches)
        feed = Feed(bus)
        task = asyncio.create_task(feed.run())
        await bus.empty.wait()
        try:
            return [[r.position for r in await feed.take(*take)] for take in takes]
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return asyncio.run(play())


def test_every_reader_gets_what_follows_on_its_own_place() -> None:
    assert fed([[1, 2], [3, 4, 5]], (0, 9), (3, 9), (4, 9)) == [[1, 2, 3, 4, 5], [4, 5], [5]]


def test_a_reader_takes_no_more_than_it_asks_for() -> None:
    assert fed([range(1, 100)], (10, 3)) == [[11, 12, 13]]


def test_what_is_delivered_again_is_kept_once() -> None:
    assert fed([[1, 2, 3], [2, 3], [4]], (0, 9)) == [[1, 2, 3, 4]]


def test_after_a_hole_only_what_follows_it_is_kept() -> None:
    """A reader before the hole sees that something is missing and reads the log."""
    assert fed([[1, 2], [7, 8]], (2, 9), (7, 9)) == [[7, 8], [8]]


def test_nothing_new_is_an_empty_answer(monkeypatch) -> None:
    monkeypatch.setattr(consumer, "FETCH_WAIT_S", 0.01)
    assert fed([[1, 2]], (2, 9)) == [[]]


def test_another_event_at_a_position_takes_the_place_of_all_that_is_kept() -> None:
    """The log was restored to an older state and goes on otherwise: the two are never mixed."""
    other = [StoredRow(at, "seller-s", at, "seller.registered.v1", b"other") for at in (3, 4)]

    async def play() -> list[tuple[int, bytes]]:
        bus = Bus([[1, 2, 3]])
        bus.then(other)
        feed = Feed(bus)
        task = asyncio.create_task(feed.run())
        await bus.empty.wait()
        try:
            return [(row.position, row.state) for row in await feed.take(2, 9)]
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    assert asyncio.run(play()) == [(3, b"other"), (4, b"other")]
