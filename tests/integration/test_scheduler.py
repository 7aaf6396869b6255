"""Jobs by the calendar, on a real database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from commands.command import Policy
from commands.jobs.forget_deliveries import AT_ONCE, FORGET_DELIVERIES
from commands.jobs.job import Daily, Job, Tools
from commands.runner import scheduler
from commands.runner.scheduler import Scheduler
from tests.integration.outside_bench import Bench, run

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
DAY = timedelta(days=1)


class Diary:
    """Jobs that write down for which turn they ran, or fail."""

    def __init__(self) -> None:
        self.turns: list[datetime] = []
        self.fails = False

    async def run(self, _: Tools, turn: datetime) -> str:
        if self.fails:
            raise ValueError("not today")
        self.turns.append(turn)
        return "written"

    def job(self, name: str = "diary") -> Job:
        return Job(name=name, about="", calendar=Daily(3), run=self.run)


class Calendar:
    """A scheduler whose time is said."""

    def __init__(self, bench: Bench, *jobs: Job) -> None:
        self.now = NOON
        self.tools = Tools(
            pool=bench.pool,
            dispatch=bench.dispatch,
            outsides=(),
            policy=Policy(),
            clock=lambda: self.now,
        )
        self.jobs = jobs
        self.scheduler = Scheduler(bench.connection, jobs, self.tools)
        self.bench = bench

    async def at(self, now: datetime) -> int:
        self.now = now
        return await self.scheduler.turn()

    async def seen(self) -> dict[str, tuple[Any, ...]]:
        listed = await scheduler.listed(self.bench.connection, self.jobs)
        return {one.job: (one.turn, one.said, one.problem) for one in listed}


def test_each_turn_runs_once_and_missed_ones_once_together(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        diary = Diary()
        calendar = Calendar(bench, diary.job())
        await calendar.scheduler.resume()
        assert await calendar.at(NOON) == 0  # A new job has nothing to catch up with.
        first = NOON.replace(hour=3) + DAY
        assert [await calendar.at(NOON + hours * DAY / 24) for hours in (14, 16, 20)] == [0, 1, 0]
        again = Calendar(bench, diary.job())
        await again.scheduler.resume()
        assert await again.at(NOON + 9 * DAY) == 1
        assert diary.turns == [first, first + 8 * DAY]
        assert await again.seen() == {"diary": (first + 8 * DAY, "written", None)}

    run(dsn, work)


def test_a_job_that_fails_comes_again_and_holds_up_no_other(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        sick, well = Diary(), Diary()
        sick.fails = True
        calendar = Calendar(bench, sick.job("sick"), well.job("well"))
        await calendar.scheduler.resume()
        tomorrow = NOON + DAY
        assert await calendar.at(tomorrow) == 2
        assert len(well.turns) == 1
        assert (await calendar.seen())["sick"][2] == "ValueError: not today"
        sick.fails = False
        minute = timedelta(minutes=1)
        assert [await calendar.at(tomorrow + past * minute) for past in (4, 6, 7)] == [0, 1, 0]
        assert (await calendar.seen())["sick"] == (tomorrow.replace(hour=3), "written", None)

    run(dsn, work)


def test_what_a_job_reaches_for_and_is_not_there_is_its_own_fault(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        well = Diary()

        async def reaches_out(_: Tools, __: datetime) -> str:
            raise ConnectionRefusedError("the provider")

        sick = Job(name="sick", about="", calendar=Daily(3), run=reaches_out)
        calendar = Calendar(bench, sick, well.job("well"))
        await calendar.scheduler.resume()
        assert [await calendar.at(NOON + DAY), await calendar.at(NOON + DAY)] == [2, 0]
        assert len(well.turns) == 1
        assert (await calendar.seen())["sick"][2] == "ConnectionRefusedError: the provider"

    run(dsn, work)


def test_a_job_that_is_asked_for_while_it_runs_runs_again(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        diary = Diary()

        async def asks(tools: Tools, turn: datetime) -> str:
            if not diary.turns:
                await scheduler.want(bench.connection, "diary")
            return await diary.run(tools, turn)

        job = Job(name="diary", about="", calendar=Daily(3), run=asks)
        calendar = Calendar(bench, job)
        await calendar.scheduler.resume()
        await scheduler.want(bench.connection, "diary")
        assert [await calendar.at(NOON) for _ in range(3)] == [1, 1, 0]

    run(dsn, work)


def test_an_operator_may_ask_for_a_job_out_of_its_turn(dsn: str) -> None:
    async def work(bench: Bench) -> None:
        diary = Diary()
        calendar = Calendar(bench, diary.job())
        assert not await scheduler.want(bench.connection, "diary")
        await calendar.scheduler.resume()
        assert await scheduler.want(bench.connection, "diary")
        assert [await calendar.at(NOON), await calendar.at(NOON)] == [1, 0]
        assert diary.turns == [NOON.replace(hour=3)]

    run(dsn, work)


@pytest.mark.parametrize("answered_days_ago", [89, 91])
def test_answered_deliveries_are_forgotten_but_stay_known(dsn: str, answered_days_ago: int) -> None:
    async def work(bench: Bench) -> None:
        calendar = Calendar(bench, FORGET_DELIVERIES)
        await bench.took_in("open", b"{}")
        await bench.connection.execute(
            "INSERT INTO webhook_inbox (provider, external_id, received_at, body, translated_at)"
            " SELECT 'sandbox', 'evt_' || n, %s, '{}', %s FROM generate_series(0, %s) n",
            [NOON, NOON - answered_days_ago * DAY, AT_ONCE],
        )
        said = await FORGET_DELIVERIES.run(calendar.tools, NOON)
        gone = AT_ONCE + 1 if answered_days_ago > 90 else 0
        assert said == f"{gone} deliveries"
        kept = await bench.rows(
            "SELECT count(*), count(*) FILTER (WHERE body <> '') FROM webhook_inbox"
        )
        assert kept == [(AT_ONCE + 2, AT_ONCE + 2 - gone)]

    run(dsn, work)
