"""Runs jobs when their turn has come: each turn once, and missed turns once together."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from commands.jobs.job import Job, Tools
from commands.runner.process_tables import Connection
from eventstore.away import SERVERS_AWAY
from eventstore.errors import Unavailable

LOCK = 0x4A4F4253
SAID_MAX = 500

KNOWN = "SELECT job, turn, wanted FROM job_turn WHERE retry_at IS NULL OR retry_at <= %s"
ALL = "SELECT job, turn, finished_at, said, problem FROM job_turn"
BEGIN = "INSERT INTO job_turn (job, turn, said) VALUES (%s, %s, 'new') ON CONFLICT DO NOTHING"
DONE = (
    "UPDATE job_turn SET turn = greatest(turn, %s), finished_at = clock_timestamp(), said = %s,"
    " problem = NULL, retry_at = NULL WHERE job = %s"
)
FAILED = (
    "UPDATE job_turn SET problem = %s, wanted = true, retry_at = %s + interval '5 minutes'"
    " WHERE job = %s"
)
BEGUN = "UPDATE job_turn SET wanted = false WHERE job = %s"
WANT = "UPDATE job_turn SET wanted = true, retry_at = NULL WHERE job = %s"

log = logging.getLogger(__name__)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A job as an operator sees it: the turn that it has last done."""

    job: str
    turn: datetime | None
    finished_at: datetime | None
    said: str
    problem: str | None


class Scheduler:
    """One at a time: the connection holds the lock, and who loses it runs nothing more."""

    def __init__(self, connection: Connection, jobs: Sequence[Job], tools: Tools) -> None:
        self._connection = connection
        self._jobs = jobs
        self._tools = tools

    async def resume(self) -> None:
        """Wait to be the only one. A job that is new has nothing to catch up with."""
        await self._connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        now = self._tools.clock()
        for job in self._jobs:
            await self._connection.execute(BEGIN, [job.name, job.calendar.latest(now)])

    async def turn(self) -> int:
        """Run what is due. How many jobs were. Raises a lost server; another fault is the job's."""
        now = self._tools.clock()
        cursor = await self._connection.execute(KNOWN, [now])
        known = {name: (turn, wanted) for name, turn, wanted in await cursor.fetchall()}
        ran = 0
        for job in self._jobs:
            if job.name not in known:
                continue
            done, wanted = known[job.name]
            latest = job.calendar.latest(now)
            if wanted or latest > done:
                await self._run(job, latest)
                ran += 1
        return ran

    async def _run(self, job: Job, turn: datetime) -> None:
        await self._connection.execute(BEGUN, [job.name])
        try:
            said = await job.run(self._tools, turn)
        except Exception as error:
            if isinstance(error, (*SERVERS_AWAY, Unavailable)):
                # Ours that is lost, or what the job reached out for: ours says which, or raises.
                await self._connection.execute("SELECT 1")
            log.exception("the job %s failed and comes again", job.name)
            problem = f"{type(error).__name__}: {error}"[:SAID_MAX]
            await self._connection.execute(FAILED, [problem, self._tools.clock(), job.name])
        else:
            log.info("the job %s: %s", job.name, said)
            await self._connection.execute(DONE, [turn, said[:SAID_MAX], job.name])


async def listed(connection: Connection, jobs: Sequence[Job]) -> list[Known]:
    rows: dict[str, tuple[Any, ...]] = {
        row[0]: row for row in await (await connection.execute(ALL)).fetchall()
    }
    never = (None, None, "", None)
    found = [rows.get(job.name, (job.name, *never)) for job in jobs]
    return [Known(**dict(zip(Known.__struct_fields__, row, strict=True))) for row in found]


async def want(connection: Connection, name: str) -> bool:
    """Ask for a job out of its turn; False for one that was never known here."""
    return (await connection.execute(WANT, [name])).rowcount == 1
