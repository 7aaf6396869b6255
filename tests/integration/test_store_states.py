"""The states that the store keeps in memory are what the log says, whatever is forgotten."""

import asyncio
from typing import cast

import msgspec
import pytest

from commands.streams.listing.refusals import ListingIsRetired
from commands.streams.stock.state import Stock
from eventstore.events.base import Event
from eventstore.events.stock import StockReceived
from eventstore.heads import Read
from eventstore.limits import Limits
from tests.integration.store_desk import (
    Desk,
    by_hand,
    create,
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


@pytest.mark.parametrize("heads_max", [5, 8, 24])
def test_states_that_are_forgotten_early_change_nothing(dsn: str, heads_max: int) -> None:
    listings = [f"l{number}" for number in range(6)]

    async def client(desk: Desk, number: int) -> None:
        for turn in range(6):
            name = f"{number}-{turn}"
            listing = listings[(number * 7 + turn) % len(listings)]
            await desk(f"r-{name}", receive(listing, 1))
            await desk(f"q-{name}", quote(name, [listing]))
            await desk(f"o-{name}", place(name, name, [listing]))

    async def work() -> None:
        async with opened(dsn, Limits(heads_max=heads_max, batch_max=4)) as desk:
            for listing in listings:
                await desk(f"s-{listing}", register(f"s-{listing}"))
                await desk(f"c-{listing}", create(listing, f"s-{listing}"))
            await asyncio.gather(*(client(desk, number) for number in range(8)))
        states = refold(await logged(dsn))
        stocks = [states[f"stock-{listing}"] for listing in listings]
        assert sum(stock.available for stock in stocks) == 0
        assert sum(stock.reserved for stock in stocks) == 8 * 6

    run(work(), within_s=20)


def test_a_state_ahead_of_the_log_is_not_forgotten(dsn: str) -> None:
    """The listing's end waits for its commit; a pile of other streams must not push it out."""

    async def work() -> None:
        async with opened(dsn, Limits(heads_max=8, batch_max=1)) as desk:
            await stocked(desk, 5)
            async with log_locked(dsn):
                blocker = asyncio.create_task(desk("blocker", register("b")))
                await until_waiting(dsn, 1)
                ending = asyncio.create_task(desk("retire", retire()))
                await until(lambda: desk.store.waiting == 1)
                others = [
                    asyncio.create_task(desk(f"c{number}", register(f"s-{number}")))
                    for number in range(10)
                ]
                await until(lambda: desk.store.waiting == 11)
                order = asyncio.create_task(desk("order", place("o1")))
                await until(lambda: desk.store.waiting == 12 or order.done())
            await asyncio.gather(blocker, ending, *others)
            with pytest.raises(ListingIsRetired):
                await order
        await logged(dsn)

    run(work())


def test_an_event_on_a_stream_that_was_not_read_follows_what_is_there(dsn: str) -> None:
    """A decider may write a stream that it has no need to read; nobody has it in memory."""

    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 5)
        received = StockReceived(listing_id="l1", quantity=2)

        def decide(_: Read) -> tuple[list[Event], bytes]:
            return [received], b"{}"

        async with opened(dsn) as desk:
            request = msgspec.structs.replace(by_hand("unread", [received]), decide=decide)
            await desk.store.execute(request)
        states = refold(await logged(dsn))
        assert states["stock-l1"].available == 7

    run(work())


def test_a_fault_that_rests_on_what_others_have_changed_is_decided_again(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as one, opened(dsn) as two:
            await stocked(one, 5)
            await one("warm", receive("l1", 1))
            await two("other", receive("l1", 1))

            def decide(read: Read) -> tuple[list[Event], bytes]:
                stock = cast(Stock, read("stock-l1", False))
                if stock.available == 6:
                    raise KeyError("what the other has written")
                return [StockReceived(listing_id="l1", quantity=stock.available)], b"{}"

            request = msgspec.structs.replace(by_hand("fault", []), decide=decide)
            await one.store.execute(request)
        assert refold(await logged(dsn))["stock-l1"].available == 14

    run(work())
