"""The same command again: its first answer, once, whatever has happened meanwhile."""

import asyncio
from collections import Counter
from typing import cast

import pytest

from commands.refusals import Refusal
from commands.streams.seller.messages import SuspendSeller
from commands.streams.seller.refusals import SellerExists, SellerUnknown
from eventstore.batch import Outcome
from eventstore.errors import CommandIdReused
from tests.given import at
from tests.integration.store_desk import (
    create,
    log_locked,
    logged,
    opened,
    place,
    receive,
    refold,
    register,
    retire,
    run,
    stocked,
    until,
    until_waiting,
)

# --- the same command again -------------------------------------------------------------------


def test_the_same_command_gets_its_first_answer_again(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk, opened(dsn) as other:
            first = await desk("register", register())
            assert not first.replayed
            again = Outcome(first.position, first.answer, replayed=True)
            assert await desk("register", register()) == again
            assert await other("register", register()) == again
            assert await other("register", register()) == again
        async with opened(dsn) as restarted:
            assert await restarted("register", register()) == again
        assert len(await logged(dsn)) == 1

    run(work())


@pytest.mark.parametrize("stores", [1, 2])
def test_twins_in_flight_happen_once(dsn: str, stores: int) -> None:
    async def work() -> None:
        async with opened(dsn) as one, opened(dsn) as two:
            desks = [one, two][:stores]
            await stocked(one, 50)
            outcomes = await asyncio.gather(
                *(
                    desks[turn % stores](f"c{number}", receive("l1", number + 1))
                    for turn in range(8)
                    for number in range(20)
                )
            )
        assert Counter(outcome.replayed for outcome in outcomes) == {False: 20, True: 140}
        for number in range(20):
            assert len({(o.position, o.answer) for o in outcomes[number::20]}) == 1
        stock = refold(await logged(dsn))["stock-l1"]
        assert stock.available == 50 + sum(range(1, 21))

    run(work())


def test_an_id_with_another_body_is_refused_and_writes_nothing(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk, opened(dsn) as other:
            await stocked(desk, 5)
            both = await asyncio.gather(
                desk("twice", receive("l1", 1)),
                desk("twice", receive("l1", 2)),
                return_exceptions=True,
            )
            assert isinstance(both[0], Outcome)
            assert isinstance(both[1], CommandIdReused)
            before = await logged(dsn)
            for asked in (desk, other):
                with pytest.raises(CommandIdReused):
                    await asked("twice", receive("l1", 2))
                with pytest.raises(CommandIdReused):
                    await asked("twice", receive("nowhere", 2))
        async with opened(dsn) as restarted:
            with pytest.raises(CommandIdReused):
                await restarted("twice", receive("l1", 2))
        assert await logged(dsn) == before

    run(work())


def test_a_refused_twin_does_not_answer_for_another_body(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 5)
            async with log_locked(dsn):
                refused = asyncio.create_task(desk("twice", receive("nowhere", 1)))
                await until(lambda: desk.store.waiting > 0 or refused.done())
                other = asyncio.create_task(desk("twice", receive("l1", 1)))
                await asyncio.sleep(0)
            with pytest.raises(Refusal):
                await refused
            outcome = (await asyncio.gather(other, return_exceptions=True))[0]
        # Either is right: it was carried out, or told apart. Another command's refusal is not.
        assert isinstance(outcome, Outcome | CommandIdReused)

    run(work())


def test_a_refused_command_writes_nothing_and_may_succeed_later(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            with pytest.raises(SellerUnknown):
                await desk("create", create())
            assert await logged(dsn) == []
            await desk("register", register())
            outcome = await desk("create", create())
            assert not outcome.replayed
        assert len(await logged(dsn)) == 2

    run(work())


def test_a_repeated_command_that_would_be_refused_now_gets_its_first_answer(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1)
            first = await desk("order", place("o1"))
            await desk("retire", retire())
            await desk("suspend", SuspendSeller(seller_id="s1", reason="gone", **at()))
        async with opened(dsn) as restarted:
            with pytest.raises(Refusal):
                await restarted("another", place("o2"))
            again = await restarted("order", place("o1"))
            stale = await restarted("seed-l1", create(), expected=("listing-l1", 99))
        assert again == Outcome(first.position, first.answer, replayed=True)
        assert stale.replayed

    run(work())


def test_a_repeated_command_does_not_hold_up_its_batch(dsn: str) -> None:
    """The first answer is in the log only: the store that gets the repetition is a new one."""

    async def work() -> None:
        async with opened(dsn) as desk:
            await desk("again", register("again"))
            await desk("taken", register("taken"))
        async with opened(dsn) as desk:
            async with log_locked(dsn):
                blocker = asyncio.create_task(desk("blocker", register("blocker")))
                await until_waiting(dsn, 1)
                commands = {
                    "again": register("again"),
                    "other-id": register("taken"),
                    **{f"new-{number}": register(f"new-{number}") for number in range(5)},
                }
                all_of_them = asyncio.create_task(desk.all(commands))
                await until(lambda: desk.store.waiting == 7)
            outcomes = await all_of_them
            await blocker
        again, taken, *new = outcomes.values()
        assert isinstance(again, Outcome)
        assert again.replayed
        assert isinstance(taken, SellerExists)
        # Appended at once, with the positions that follow on the blocker's.
        assert [cast(Outcome, outcome).position for outcome in new] == [4, 5, 6, 7, 8]
        await logged(dsn)

    run(work())
