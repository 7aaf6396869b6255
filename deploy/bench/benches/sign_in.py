"""sign-in: passwords checked as a sign-in checks them, against the hash alone on the same cores."""

import asyncio
import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import bcrypt

from commands.records.passwords.hashing import COST, Passwords, prepared
from deploy.bench.measure import Sample, quantiles_ms
from deploy.bench.result import Bar, Options, Result, Say, in_turns, summary
from deploy.priority import yield_to_others

WORKERS = os.cpu_count() or 1
AT_LEAST = 0.90
PEPPER = b"bench"
PASSWORD = "three words together"  # noqa: S105 - of the bench


def _alone(hashed: bytes, seconds: float) -> int:
    """How often the hash can be checked in this process and time."""
    password, until, done = prepared(PASSWORD, PEPPER), time.monotonic() + seconds, 0
    while time.monotonic() < until:
        bcrypt.checkpw(password, hashed)
        done += 1
    return done


def _floor(hashed: bytes, seconds: float) -> Sample:
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool:
        list(pool.map(_alone, [hashed] * WORKERS, [0.0] * WORKERS))  # Started, and warm.
        began = time.monotonic()
        done = sum(pool.map(_alone, [hashed] * WORKERS, [seconds] * WORKERS))
        return Sample(per_s=done / (time.monotonic() - began))


async def _ours(hashed: str, seconds: float) -> Sample:
    passwords = Passwords(PEPPER, workers=WORKERS, begin=yield_to_others)
    latencies: list[float] = []
    await asyncio.gather(*(passwords.check(PASSWORD, hashed) for _ in range(WORKERS)))
    began = time.monotonic()

    async def somebody() -> None:
        while (asked := time.monotonic()) < began + seconds:
            assert (await passwords.check(PASSWORD, hashed)).matches
            latencies.append(time.monotonic() - asked)

    await asyncio.gather(*(somebody() for _ in range(2 * WORKERS)))
    took = time.monotonic() - began
    passwords.close()
    return Sample(per_s=len(latencies) / took, latency_ms=quantiles_ms(latencies))


def sign_in(options: Options, say: Say) -> Result:
    hashed = bcrypt.hashpw(prepared(PASSWORD, PEPPER), bcrypt.gensalt(COST))
    seconds = 2 * options.seconds
    rounds = in_turns(
        options.rounds,
        lambda: asyncio.run(_ours(hashed.decode(), seconds)),
        lambda: _floor(hashed, seconds),
        say,
    )
    return summary(
        "sign-in",
        "passwords/s",
        rounds,
        bars=lambda _, ratio: [Bar(what="of the hash alone", wanted=AT_LEAST, seen=ratio)],
        details={"cost": COST, "workers": WORKERS},
    )
