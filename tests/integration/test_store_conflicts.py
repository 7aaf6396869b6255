"""Several stores on one log, and a command that rests on what another has written."""

import asyncio
import zlib
from collections import Counter
from collections.abc import Sequence

import pytest

from commands.streams.listing.refusals import ListingIsRetired
from commands.streams.seller.refusals import SellerExists
from commands.streams.stock.refusals import OutOfStock
from eventstore.codec import Recorded
from eventstore.events.stock import StockReserved
from eventstore.limits import Limits
from tests.integration.store_desk import (
    Desk,
    accepted,
    faults,
    log_locked,
    logged,
    opened,
    place,
    quote,
    receive,
    refold,
    register,
    retire,
    run,
    stocked,
    until,
    until_waiting,
)


def test_two_stores_never_oversell_a_hot_listing(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as one, opened(dsn) as two:
            await stocked(one, 100)
            orders = [f"o{number}" for number in range(160)]
            halves = await asyncio.gather(
                one.all({order: place(order) for order in orders[::2]}),
                two.all({order: place(order) for order in orders[1::2]}),
            )
        outcomes = halves[0] | halves[1]
        assert faults(outcomes) == {OutOfStock}
        assert len(accepted(outcomes)) == 100
        events = await logged(dsn)
        reserved = [r.event.order_id for r in events if isinstance(r.event, StockReserved)]
        assert sorted(reserved) == sorted(accepted(outcomes))
        stock = refold(events)["stock-l1"]
        assert (stock.available, stock.reserved) == (0, 100)

    run(work())


def test_stores_that_keep_writing_one_stream_all_get_through(dsn: str) -> None:
    """Three stores, 32 clients each, with the next command when the answer is there."""

    async def client(desk: Desk, name: str) -> None:
        for turn in range(10):
            await desk(f"{name}-{turn}", receive("l1", 1))

    async def work() -> None:
        async with opened(dsn) as one, opened(dsn) as two, opened(dsn) as three:
            await stocked(one, 1)
            await asyncio.gather(
                *(
                    client(desk, f"{store}-{number}")
                    for number in range(32)
                    for store, desk in enumerate((one, two, three))
                )
            )
        assert refold(await logged(dsn))["stock-l1"].available == 1 + 3 * 32 * 10

    run(work())


def runs_of_commands(events: Sequence[Recorded]) -> Counter[str]:
    """How often each command's events begin anew in the log: once, if they stand together."""
    ids = [recorded.envelope.command_id for recorded in events]
    return Counter(
        command_id
        for command_id, following in zip(ids, [*ids[1:], ""], strict=True)
        if command_id != following and not command_id.startswith("seed")
    )


def test_two_stores_on_scattered_streams_lose_and_double_nothing(dsn: str) -> None:
    listings = [f"l{number}" for number in range(12)]

    def pick(seed: str) -> str:
        return listings[zlib.crc32(seed.encode()) % len(listings)]

    async def client(desk: Desk, name: str) -> list[str]:
        sent = []
        for turn in range(10):
            command_id = f"{name}-{turn}"
            if turn % 3:
                await desk(command_id, receive(pick(command_id), 1))
            else:
                listing = pick(command_id)
                await desk(command_id, quote(command_id, [listing]))
                sent.append(command_id)
                command_id += "-order"
                await desk(command_id, place(command_id, f"{name}-{turn}", [listing]))
            sent.append(command_id)
        return sent

    async def work() -> None:
        async with opened(dsn) as one, opened(dsn) as two:
            await stocked(one, 1000, listings)
            sent = await asyncio.gather(
                *(
                    client(desk, f"{name}-{n}")
                    for n in range(16)
                    for name, desk in (("one", one), ("two", two))
                )
            )
        events = await logged(dsn)
        done = runs_of_commands(events)
        assert done == Counter(command_id for some in sent for command_id in some)

    run(work())


def test_a_refusal_rests_on_what_others_have_written(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as one, opened(dsn) as two:
            await stocked(one, 1)
            await one("first", place("o1"))
            with pytest.raises(OutOfStock):
                await one("second", place("o2"))
            await two("more", receive("l1", 1))
            await one("third", place("o3"))
            with pytest.raises(OutOfStock):
                await two("fourth", place("o4"))
            with pytest.raises(OutOfStock):
                await one("fifth", place("o5"))
        await logged(dsn)

    run(work())


def test_a_command_that_waits_sees_what_others_write_meanwhile(dsn: str) -> None:
    """It is decided on a listing that another store retires while it waits behind a batch."""

    async def work() -> None:
        async with opened(dsn, Limits(batch_max=1)) as one, opened(dsn) as two:
            await stocked(one, 5)
            await two("warm", receive("l1", 1))
            await one("warm-too", receive("l1", 1))
            async with log_locked(dsn):
                retiring = asyncio.create_task(two("retire", retire()))
                await until_waiting(dsn, 1)
                unrelated = asyncio.create_task(one("unrelated", register("s2")))
                await until_waiting(dsn, 2)
                order = asyncio.create_task(one("order", place("o1")))
                await until(lambda: one.store.waiting == 1)
            assert (await retiring).position < (await unrelated).position
            with pytest.raises(ListingIsRetired):
                await order
        await logged(dsn)

    run(work())


def test_a_refusal_that_waits_sees_what_others_write_meanwhile(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn, Limits(batch_max=1)) as one, opened(dsn) as two:
            await stocked(one, 1)
            await one("last", place("o1"))
            await two("warm", register("s3"))
            async with log_locked(dsn):
                more = asyncio.create_task(two("more", receive("l1", 1)))
                await until_waiting(dsn, 1)
                unrelated = asyncio.create_task(one("unrelated", register("s2")))
                await until_waiting(dsn, 2)
                order = asyncio.create_task(one("order", place("o2")))
                await until(lambda: one.store.waiting == 1)
            assert (await more).position < (await unrelated).position
            await order
        await logged(dsn)

    run(work())


def test_an_id_that_is_taken_fails_its_own_command_only(dsn: str) -> None:
    """A new stream that exists already makes the append look again: nobody else notices."""

    async def work() -> None:
        async with opened(dsn) as one:
            await one("first", register("taken"))
        async with opened(dsn) as two:
            outcomes = await two.all(
                {"clash": register("taken", "Bob")}
                | {f"c{number}": register(f"s{number}") for number in range(40)}
            )
        clash = outcomes.pop("clash")
        assert isinstance(clash, SellerExists)
        assert faults(outcomes) == set()
        assert len(await logged(dsn)) == 41

    run(work())
