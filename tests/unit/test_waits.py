"""The log is asked once for all who ask meanwhile, and never answers a question asked before."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from read_api.refused import ReadRefused
from read_api.waits import LogHead


class Cursor:
    def __init__(self, position: int) -> None:
        self._position = position

    async def fetchone(self) -> tuple[int]:
        return (self._position,)


class Log:
    """A pool of one connection to a log that answers when it is let."""

    def __init__(self) -> None:
        self.position = 5
        self.asked = 0
        self.away = False
        self.go_on = asyncio.Event()

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator["Log"]:
        yield self

    async def execute(self, _: str) -> Cursor:
        self.asked += 1
        seen = self.position
        await self.go_on.wait()
        if self.away:
            raise psycopg.OperationalError("away")
        return Cursor(seen)


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_a_hundred_who_ask_at_once_cost_two_questions() -> None:
    async def play() -> None:
        log: Any = Log()
        head = LogHead(log)
        first = asyncio.create_task(head.has(9))
        await turns()
        log.position = 9
        # The question under way was asked before the log had it: its answer is not theirs.
        later = [asyncio.create_task(head.has(9)) for _ in range(100)]
        await turns()
        log.go_on.set()
        assert await first is False
        assert await asyncio.gather(*later) == [True] * 100
        assert log.asked == 2
        assert await head.has(9)
        assert log.asked == 2

    asyncio.run(play())


def test_a_log_that_is_away_is_not_one_without_the_position() -> None:
    async def play() -> None:
        log: Any = Log()
        log.away = True
        log.go_on.set()
        head = LogHead(log)
        asked = [head.has(9) for _ in range(3)]
        for found in await asyncio.gather(*asked, return_exceptions=True):
            assert isinstance(found, ReadRefused)
            assert (found.status, found.code, found.retry_after_s) == (503, "unavailable", 1)
        log.away = False
        assert await head.has(5)
        assert not await head.has(6)
        log.away = True
        with pytest.raises(ReadRefused):
            await head.has(7)

    asyncio.run(play())
