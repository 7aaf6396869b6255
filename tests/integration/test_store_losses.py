"""Clients that go away and databases that are lost: nothing is lost or doubled."""

import asyncio
from collections import Counter

import psycopg
import pytest

from commands.command import Command
from commands.dispatch import Dispatch
from commands.write_model import WriteModelFold
from eventstore.batch import Outcome
from eventstore.errors import CommandIdReused, Unavailable
from eventstore.limits import Limits
from eventstore.store import EventStore
from tests.given import POLICY
from tests.integration.postgres_server import PostgresServer
from tests.integration.store_desk import (
    ANY_QUERY,
    APPENDS,
    POLL_S,
    Desk,
    cause,
    end_backends,
    log_locked,
    logged,
    opened,
    place,
    receive,
    refold,
    register,
    run,
    stocked,
    until,
    until_waiting,
)


async def abandoned(
    desk: Desk, dsn: str, command_id: str, command: Command
) -> asyncio.Task[Outcome]:
    """Sent, and its client gone while it waits behind the command whose task is returned."""
    blocker = asyncio.create_task(desk("blocker", register("blocker")))
    await until_waiting(dsn, 1)
    task = asyncio.create_task(desk(command_id, command))
    await until(lambda: desk.store.waiting == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    return blocker


@pytest.mark.parametrize("command", [receive("l1", 1), place("o1")], ids=["again", "refused"])
def test_a_client_that_went_away_and_came_back_gets_the_first_answer(
    dsn: str, command: Command
) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1)
            async with log_locked(dsn):
                blocker = await abandoned(desk, dsn, "gone", command)
                again = asyncio.create_task(desk("gone", command))
                await asyncio.sleep(0)
            await blocker
            outcome = await again
        events = await logged(dsn)
        assert events[outcome.position - 1].envelope.command_id == "gone"
        assert sum(recorded.stream == "stock-l1" for recorded in events) == 2

    run(work())


def test_a_client_that_goes_away_does_not_take_its_twin_along(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1)
            async with log_locked(dsn):
                first = asyncio.create_task(desk("same", receive("l1", 1)))
                await until_waiting(dsn, 1)
                twin = asyncio.create_task(desk("same", receive("l1", 1)))
                await asyncio.sleep(0)
                first.cancel()
                await asyncio.gather(first, return_exceptions=True)
            outcome = (await asyncio.gather(twin, return_exceptions=True))[0]
            assert isinstance(outcome, Outcome)
        assert refold(await logged(dsn))["stock-l1"].available == 2

    run(work())


def test_a_store_stops_when_every_client_has_gone(dsn: str) -> None:
    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1)
            async with log_locked(dsn):
                blocker = await abandoned(desk, dsn, "gone", receive("l1", 1))
                blocker.cancel()
                await asyncio.gather(blocker, return_exceptions=True)
                stopping = asyncio.create_task(desk.store.stop())
                await asyncio.sleep(0)
            await stopping
        await logged(dsn)

    run(work())


async def load(desk: Desk, answered: dict[str, Outcome], unanswered: set[str]) -> None:
    """24 clients, 20 commands each; what is not answered is left alone."""

    async def client(number: int) -> None:
        for turn in range(20):
            name = f"{number}-{turn}"
            try:
                answered[name] = await desk(name, receive("l1", 1))
            except Unavailable:
                unanswered.add(name)
                await asyncio.sleep(POLL_S)

    await asyncio.gather(*(client(number) for number in range(24)))


async def insist(desk: Desk, command_id: str, command: Command) -> Outcome:
    """As a client does: the same id again until there is an answer."""
    while True:
        try:
            return await desk(command_id, command)
        except Unavailable:
            await asyncio.sleep(POLL_S)


async def check_after_loss(
    desk: Desk, dsn: str, answered: dict[str, Outcome], unanswered: set[str]
) -> None:
    await until(lambda: desk.store.ready)
    events = await logged(dsn)
    for name, outcome in answered.items():
        assert events[outcome.position - 1].envelope.command_id == name
    async with opened(dsn) as other:
        for turn, name in enumerate(sorted(unanswered)):
            await insist((desk, other)[turn % 2], name, receive("l1", 1))
    counts = Counter(r.envelope.command_id for r in await logged(dsn))
    assert all(counts[name] == 1 for name in answered.keys() | unanswered)
    assert len(answered.keys() | unanswered) == 24 * 20
    assert refold(await logged(dsn))["stock-l1"].available == 1 + 24 * 20


@pytest.mark.parametrize("query", [APPENDS, ANY_QUERY], ids=["committing", "all"])
def test_a_backend_that_is_killed_loses_and_doubles_nothing(
    server: PostgresServer, dsn: str, query: str
) -> None:
    async def work() -> None:
        answered: dict[str, Outcome] = {}
        unanswered: set[str] = set()
        async with opened(dsn, Limits(batch_max=6)) as desk:
            await stocked(desk, 1)
            async with asyncio.TaskGroup() as group:
                group.create_task(load(desk, answered, unanswered))
                for turn in range(1, 4):
                    await until(lambda turn=turn: len(answered) + len(unanswered) > turn * 60)
                    await end_backends(server, dsn, query)
            assert unanswered
            await check_after_loss(desk, dsn, answered, unanswered)

    run(work())


def test_a_server_that_is_stopped_and_started_loses_and_doubles_nothing(
    server: PostgresServer, dsn: str
) -> None:
    async def work() -> None:
        answered: dict[str, Outcome] = {}
        unanswered: set[str] = set()
        async with opened(dsn, Limits(batch_max=6, reconnect_within_s=0.2)) as desk:
            await stocked(desk, 1)
            async with asyncio.TaskGroup() as group:
                group.create_task(load(desk, answered, unanswered))
                await until(lambda: len(answered) > 60)
                await asyncio.to_thread(server.stop)
                try:
                    await until(lambda: not desk.store.ready)
                    with pytest.raises(Unavailable):
                        await desk("meanwhile", receive("l1", 1))
                finally:
                    await asyncio.to_thread(server.start)
            assert unanswered
            await check_after_loss(desk, dsn, answered, unanswered)

    run(work())


def test_a_store_that_is_lost_while_it_waits_answers_only_for_its_own_body(
    server: PostgresServer, dsn: str
) -> None:
    """The id is known, with another body: a lost connection must not make it a success."""

    async def work() -> None:
        async with opened(dsn) as desk:
            await stocked(desk, 1)
            await desk("taken", receive("l1", 1))
        async with opened(dsn) as desk:
            await desk("warm", receive("l1", 1))
            async with log_locked(dsn):
                reused = asyncio.create_task(desk("taken", receive("l1", 7)))
                await until_waiting(dsn, 1)
                await end_backends(server, dsn, APPENDS)
            outcome = (await asyncio.gather(reused, return_exceptions=True))[0]
            assert isinstance(outcome, CommandIdReused | Unavailable)
            await until(lambda: desk.store.ready)

    run(work())


def test_a_store_without_a_server_says_so_at_its_start(server: PostgresServer, dsn: str) -> None:
    async def work() -> None:
        store = EventStore(server.url("no_such_database"), WriteModelFold())
        with pytest.raises(psycopg.OperationalError):
            await store.start()
        assert not store.ready
        with pytest.raises(Unavailable):
            await Dispatch(store, POLICY)(register(), cause("c1"))

    run(work())
