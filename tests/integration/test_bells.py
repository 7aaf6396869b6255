"""Who waits for work is woken by what brings it: no turn is left to the clock."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from commands.outside import deliveries, owed
from commands.outside.inbox import Inbox
from commands.outside.port import Delivery
from commands.processes.reactions import Call
from commands.runner import process_tables as tables
from commands.runner.bell import Bell
from deploy.parts import processes
from deploy.settings import Settings, from_environment
from tests.integration.outside_bench import Bench, call_of, clock, opened
from tests.integration.test_webhook_route import ByGet
from tests.unit.test_settings import GOOD

WITHIN_S = 20.0


@pytest.fixture
def settings(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(processes, "UNCALLED_S", 3600.0)
    return from_environment(GOOD | {"MARKET_DATA": str(tmp_path), "MARKET_DATABASE_URL": dsn})


class Told(ByGet):
    def read_delivery(self, body: bytes) -> Delivery:
        return Delivery(external_id=body.decode(), kind="charge", key="p1")


async def comes_in(bench: Bench) -> None:
    inbox = Inbox(bench.pool, {"bank": Told()})
    assert (await inbox.receive("bank", b"checksum=good", {}, clock())).body == b"OK"


async def is_owed(bench: Bench) -> None:
    await tables.store(bench.connection, [("call-provider", Call(call_of()))])


async def is_retried(bench: Bench) -> None:
    await owed.retry(bench.connection)


async def is_tried_again(bench: Bench) -> None:
    await deliveries.retry(bench.connection)


@pytest.mark.parametrize(
    ("channel", "work_comes"),
    [
        (deliveries.CHANNEL, comes_in),
        (deliveries.CHANNEL, is_tried_again),
        (owed.CHANNEL, is_owed),
        (owed.CHANNEL, is_retried),
    ],
)
def test_work_wakes_who_waits_for_it(
    settings: Settings, channel: str, work_comes: Callable[[Bench], Awaitable[None]]
) -> None:
    async def main() -> None:
        turns: asyncio.Queue[None] = asyncio.Queue()

        async def turn() -> int:
            turns.put_nowait(None)
            return 0

        bell = Bell((owed.CHANNEL, deliveries.CHANNEL))
        listening = asyncio.create_task(processes._listen(settings, bell))
        rung = bell.hears(channel)
        async with asyncio.timeout(WITHIN_S):
            await rung.wait()  # It listens now.
        waiting = asyncio.create_task(processes._whenever(rung, turn))
        async with opened(settings.database_url) as bench, asyncio.timeout(WITHIN_S):
            await turns.get()
            await work_comes(bench)
            await turns.get()
        for task in (waiting, listening):
            task.cancel()
        await asyncio.gather(waiting, listening, return_exceptions=True)

    asyncio.run(main())


def test_a_delivery_that_came_before_rings_no_bell_and_is_acknowledged_as_such(
    settings: Settings,
) -> None:
    async def main() -> Any:
        async with opened(settings.database_url) as bench:
            inbox = Inbox(bench.pool, {"bank": Told()})
            await comes_in(bench)
            return (await inbox.receive("bank", b"checksum=good", {}, clock())).body

    assert asyncio.run(main()) == b"AGAIN"
