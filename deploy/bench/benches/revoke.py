"""revoke: from a session's end in the log to its first refusal, at two processes that follow."""

import asyncio
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.bench.databases import fresh_database
from deploy.bench.ground import Ground
from deploy.bench.measure import Sample, quantiles_ms
from deploy.bench.people import People, people
from deploy.bench.result import Bar, Options, Result, Say, summary
from deploy.http.revocations import Revocations
from deploy.http.tokens import RevocationsUnknown, Revoked
from deploy.wiring import clock
from eventstore.identity import Identity

FOLLOWING = 2
PER_SECOND = 5
P99_MS_MAX = 1_000.0
LOOK_S = 0.002


async def _refused(followed: Revocations, session_id: str) -> float:
    """When, by the clock that does not jump."""
    identity = Identity(subject="~a", roles=("buyer",), account="~a", session=session_id)
    while True:
        try:
            followed.check(identity)
        except Revoked:
            return time.monotonic()
        except RevocationsUnknown:
            pass
        await asyncio.sleep(LOOK_S)


async def _ended(made: People, followed: list[Revocations]) -> list[float]:
    granted = await made.signed_in()
    account_id, session_id = granted.account_id, granted.session_id
    await made.accounts.sessions.end(account_id, session_id, "signed_out", clock())
    committed = time.monotonic()
    return [
        at - committed for at in await asyncio.gather(*(_refused(f, session_id) for f in followed))
    ]


async def _measured(dsn: str, folder: str, many: int) -> Sample:
    followed = [Revocations(dsn, clock) for _ in range(FOLLOWING)]
    for one in followed:
        await one.start()
    began = time.monotonic()
    latencies: list[float] = []
    try:
        async with people(dsn, Path(folder), 4) as made:
            for _ in range(many):
                latencies += await _ended(made, followed)
    finally:
        for one in followed:
            await one.stop()
    per_s = len(latencies) / (time.monotonic() - began)
    return Sample(per_s=per_s, latency_ms=quantiles_ms(latencies))


def revoke(options: Options, say: Say) -> Result:
    many = max(10, int(options.seconds * PER_SECOND))
    rounds: list[tuple[Sample, Sample | None]] = []
    with Ground({"postgres"}) as ground:
        for number in range(1, options.rounds + 1):
            with (
                fresh_database(ground.settings.database_url) as dsn,
                TemporaryDirectory() as folder,
            ):
                taken = asyncio.run(_measured(dsn, folder, many))
            say(f"  round {number}: {taken.latency_ms}")
            rounds.append((taken, None))
    worst = max(taken.latency_ms["p99"] for taken, _ in rounds)
    bar = Bar(what="ms to the refusal, p99", wanted=P99_MS_MAX, seen=worst, at_most=True)
    return summary("revoke", "refusals/s", rounds, bars=lambda _, __: [bar])
