"""What the database does not take fails its own command only."""

import asyncio
from typing import Any

import pytest

from commands.command import Command
from commands.streams.seller.refusals import SellerExists
from eventstore.errors import Unavailable
from eventstore.events.order import OrderPlaced
from eventstore.limits import Limits
from tests.integration.store_desk import (
    Desk,
    cause,
    create,
    faults,
    logged,
    opened,
    place,
    receive,
    refold,
    register,
    run,
    stocked,
)


def test_any_text_comes_back_as_it_was(dsn: str) -> None:
    texts = [
        """'; DROP TABLE stored_events; -- "quoted" \\ back\\slash {} %s $1 $$ NULL""",
        "Лампа 台灯 🪔 e\u0301 \u202eright to left",
        "tab\tnew\nline\x7f",
        "nul in the body \x00 only",
    ]

    async def work() -> None:
        async with opened(dsn) as desk:
            for number, text in enumerate(texts):
                await desk(f"n{number}", register(f"s{number}", text))
            await desk("id", register('o\'brien "x" {Ñ,\\} 🪔'))
        async with opened(dsn) as restarted:
            with pytest.raises(SellerExists):
                await restarted("id-2", register('o\'brien "x" {Ñ,\\} 🪔'))
            again = await restarted("id", register('o\'brien "x" {Ñ,\\} 🪔'))
            assert again.replayed
        events: list[Any] = [recorded.event for recorded in await logged(dsn)]
        assert [event.name for event in events[:-1]] == texts

    run(work())


POISON: dict[str, Command] = {
    "written": register("nul\x00"),
    "loaded": receive("nul\x00", 1),
    "no text": register("surrogate\ud800"),
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_what_the_database_rejects_fails_its_own_command_only(dsn: str, poison: Command) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 100)
        async with opened(dsn) as restarted:  # Nothing is loaded: all need the loader.
            for turn in range(3):
                commands: dict[str, Command] = {}
                for number in range(20):
                    commands[f"r{turn}-{number}"] = receive("l1", 1)
                    commands[f"s{turn}-{number}"] = register(f"s{turn}-{number}")
                good = asyncio.create_task(restarted.all(commands))
                bad = asyncio.create_task(
                    restarted._dispatch(poison, cause(f"bad-{turn}"), hashed=b"hash")
                )
                more = asyncio.create_task(
                    restarted.all({f"m{turn}-{n}": place(f"o{turn}-{n}") for n in range(20)})
                )
                fault = (await asyncio.gather(bad, return_exceptions=True))[0]
                assert isinstance(fault, Exception)
                assert faults(await good) == set()
                assert faults(await more) == set()
        stock = refold(await logged(dsn))["stock-l1"]
        assert (stock.available, stock.reserved) == (100, 60)

    run(work())


def test_rejected_commands_in_a_crowd_keep_every_stream_whole(dsn: str) -> None:
    """A batch that is taken apart must not overtake what was decided before it."""

    async def client(desk: Desk, number: int) -> list[BaseException]:
        found: list[BaseException] = []
        for turn in range(10):
            name = f"{number}-{turn}"
            sent = [desk(f"r-{name}", receive(f"l{number % 3 + 1}", 1))]
            if number % 4 == 0:
                sent.append(desk(f"bad-{name}", register(f"nul\x00{name}")))
            sent.append(desk(f"p-{name}", place(f"o-{name}", listings=["l1", "l2", "l3"])))
            outcomes = await asyncio.gather(*sent, return_exceptions=True)
            found += [o for o in outcomes if isinstance(o, BaseException)]
        return found

    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1000, ["l1", "l2", "l3"])
        async with opened(dsn, Limits(batch_max=8)) as desk:
            found = await asyncio.gather(*(client(desk, number) for number in range(16)))
        assert len([fault for some in found for fault in some]) == 4 * 10
        assert len([r for r in await logged(dsn) if isinstance(r.event, OrderPlaced)]) == 160

    run(work())


def test_an_id_that_is_no_text_does_not_stop_the_committer(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1)
            with pytest.raises(Unavailable):
                await desk("no text \ud800", create("l2", "nobody"))
            await desk("after", receive("l1", 1))

    run(work(), within_s=10)
