"""refresh: sessions refreshed, against one UPDATE of a row by its key."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.bench.databases import fresh_database
from deploy.bench.ground import Ground
from deploy.bench.measure import Sample, quantiles_ms
from deploy.bench.people import People, people
from deploy.bench.result import Bar, Options, Result, Say, in_turns, summary

AT_ONCE = 16
AT_LEAST = 0.40
ONE_UPDATE = (
    "UPDATE sessions.session SET rotations = rotations + 1, idle_until = %s WHERE session_id = %s"
)

type Turn = Callable[[], Awaitable[None]]


async def _measured(turns: list[Turn], seconds: float) -> Sample:
    latencies: list[float] = []
    began = time.monotonic()

    async def somebody(turn: Turn) -> None:
        while (asked := time.monotonic()) < began + seconds:
            await turn()
            latencies.append(time.monotonic() - asked)

    await asyncio.gather(*map(somebody, turns))
    took = time.monotonic() - began
    return Sample(per_s=len(latencies) / took, latency_ms=quantiles_ms(latencies))


async def _refreshing(made: People) -> Turn:
    token = (await made.signed_in()).refresh_token

    async def turn() -> None:
        nonlocal token
        token = (await made.accounts.sessions.refresh(token, datetime.now(UTC))).refresh_token

    return turn


async def _updating(made: People) -> Turn:
    session_id = (await made.signed_in()).session_id

    async def turn() -> None:
        async with made.pool.connection() as connection:
            await connection.execute(ONE_UPDATE, [datetime.now(UTC), session_id], prepare=True)

    return turn


def _take(ground: Ground, seconds: float, make: Callable[[People], Awaitable[Turn]]) -> Sample:
    async def main(dsn: str, folder: str) -> Sample:
        async with people(dsn, Path(folder), AT_ONCE) as made:
            return await _measured([await make(made) for _ in range(AT_ONCE)], seconds)

    with fresh_database(ground.settings.database_url) as dsn, TemporaryDirectory() as folder:
        return asyncio.run(main(dsn, folder))


def refresh(options: Options, say: Say) -> Result:
    with Ground({"postgres"}) as ground:
        rounds = in_turns(
            options.rounds,
            lambda: _take(ground, options.seconds, _refreshing),
            lambda: _take(ground, options.seconds, _updating),
            say,
        )
    return summary(
        "refresh",
        "refreshes/s",
        rounds,
        bars=lambda _, ratio: [Bar(what="of one UPDATE", wanted=AT_LEAST, seen=ratio)],
        details={"at once": AT_ONCE},
    )
