"""The event store on a real PostgreSQL, with the real write model: what it must never do."""

import asyncio

import msgspec
import pytest

from commands.streams.listing.messages import RepriceListing
from commands.streams.listing.refusals import ListingExists
from commands.streams.stock.refusals import OutOfStock
from eventstore import reader
from eventstore.batch import Outcome
from eventstore.errors import QueueFull, Unavailable
from eventstore.events.order import OrderPlaced
from eventstore.events.stock import StockCommitted, StockReceived, StockReserved
from eventstore.limits import Limits
from eventstore.values import Money
from tests.given import at
from tests.integration.store_desk import (
    Desk,
    accepted,
    by_hand,
    connected,
    create,
    faults,
    log_locked,
    logged,
    opened,
    place,
    quote,
    receive,
    refold,
    register,
    run,
    stocked,
    until_waiting,
)


async def followed(dsn: str, done: asyncio.Event) -> list[int]:
    """The positions that a reader sees until it is told that no more will come."""
    seen: list[int] = []
    async with connected(dsn) as connection:
        while True:
            last_turn = done.is_set()
            rows = await reader.rows_after(connection, len(seen))
            seen += [row.position for row in rows]
            if last_turn and not rows:
                return seen
            await asyncio.sleep(0)


def test_positions_are_gapless_and_in_commit_order_under_64_concurrent_clients(dsn: str) -> None:
    """A reader that follows the log meanwhile never sees a hole, nor anything behind it."""

    async def client(desk: Desk, number: int) -> None:
        for turn in range(12):
            listing = f"l{number % 8}-{turn % 3}"
            seller = f"s{number}-{turn}"
            await desk(f"seller-{number}-{turn}", register(seller))
            command_id = f"listing-{number}-{turn}"
            try:
                await desk(command_id, create(listing, seller))
            except ListingExists:
                outcome = await desk(f"stock-{number}-{turn}", receive(listing, 1))
                positions[f"stock-{number}-{turn}"] = outcome.position

    positions: dict[str, int] = {}

    async def work() -> None:
        done = asyncio.Event()
        async with opened(dsn, Limits(batch_max=16)) as desk, asyncio.TaskGroup() as group:
            following = group.create_task(followed(dsn, done))
            await asyncio.gather(*(client(desk, number) for number in range(64)))
            done.set()
            seen = await following
        events = await logged(dsn)
        assert len(events) == 64 * 12 * 2
        assert seen == list(range(1, len(events) + 1))
        assert positions
        for command_id, position in positions.items():
            assert events[position - 1].envelope.command_id == command_id

    run(work())


def test_a_command_over_many_streams_is_one_commit(dsn: str) -> None:
    listings = [f"l{number}" for number in range(5)]

    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 3, listings)
            before = len(await logged(dsn))
            outcomes = await desk.all(
                {f"o{number}": place(f"o{number}", listings=listings) for number in range(6)}
            )
        assert len(accepted(outcomes)) == 3
        assert faults(outcomes) == {OutOfStock}
        events = await logged(dsn)
        assert len(events) == before + 3 * (1 + len(listings))
        for outcome in accepted(outcomes).values():
            placed = events[outcome.position - 1 - len(listings) : outcome.position]
            assert isinstance(placed[0].event, OrderPlaced)
            assert all(isinstance(recorded.event, StockReserved) for recorded in placed[1:])

    run(work())


def test_one_stream_that_refuses_keeps_every_other_unwritten(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1, ["l1", "l2", "l3"])
            await desk("quote-l2", quote("q2", ["l2"]))
            await desk("last-l2", place("o1", "q2", ["l2"]))
            before = await logged(dsn)
            with pytest.raises(OutOfStock):
                await desk("whole", place("o2", listings=["l1", "l2", "l3"]))
            assert await logged(dsn) == before
            await desk("quote-rest", quote("q3", ["l1", "l3"]))
            await desk("rest", place("o3", "q3", ["l1", "l3"]))
        await logged(dsn)

    run(work())


def test_a_decision_that_fails_half_way_leaves_no_trace(dsn: str) -> None:
    """Neither in the log nor in the states that later commands are decided on."""

    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 5)
            broken = by_hand(
                "broken",
                [
                    StockReceived(listing_id="l1", quantity=1),
                    StockCommitted(listing_id="l1", quantity=99, order_id="o1"),
                ],
            )
            with pytest.raises(AssertionError, match="the log is broken"):
                await desk.store.execute(broken)
            outcome = await desk("after", receive("l1", 2))
        assert msgspec.json.decode(outcome.answer)["available"] == 7
        assert refold(await logged(dsn))["stock-l1"].available == 7

    run(work())


def test_a_command_without_events_is_answered_and_known(dsn: str) -> None:
    same = RepriceListing(listing_id="l1", price=Money(1000, "EUR"), **at())

    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1)
            before = await logged(dsn)
            first = await desk("same-price", same)
            assert first.position == len(before)
            assert await logged(dsn) == before
        async with opened(dsn) as desk:
            again = await desk("same-price", same)
            assert again == Outcome(first.position, first.answer, replayed=True)

    run(work())


def test_a_full_queue_says_so_and_recovers(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn, Limits(queue_max=8, batch_max=4)) as desk:
            async with log_locked(dsn):
                waiting = [
                    asyncio.create_task(desk(f"c{number}", register(f"s{number}")))
                    for number in range(8)
                ]
                await until_waiting(dsn, 1)
                for number in range(3):
                    with pytest.raises(QueueFull):
                        await desk("one-more", register(f"more{number}"))
            await asyncio.gather(*waiting)
            await desk("one-more", register("more"))
            assert desk.store.waiting == 0
        assert len(await logged(dsn)) == 9

    run(work())


def test_a_committer_that_ends_lets_nobody_wait(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            async with log_locked(dsn):
                waiting = asyncio.create_task(desk("waiting", register("s")))
                await until_waiting(dsn, 1)
                assert desk.store._task is not None
                desk.store._task.cancel()
                with pytest.raises(Unavailable):
                    await waiting
            assert not desk.store.ready
            with pytest.raises(Unavailable):
                await desk("later", register("s2"))

    run(work())
