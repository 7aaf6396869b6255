"""Nobody learns from an answer's time whether an address has an account.

`python -m tests.integration.test_enumeration` takes 2,000 of each; the suite takes fewer, and so
has to be content with less.
"""

import argparse
import random
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from commands.accounts.refusals import SignInRefused
from commands.command import Actor
from commands.records.passwords.hashing import Passwords
from commands.streams.restriction.messages import ImposeRestriction
from tests.given import NOW, at
from tests.integration.accounts_ground import (
    OTHER_PASSWORD,
    PASSWORD,
    Process,
    hashing,
    new_address,
    run,
)
from tests.integration.postgres_server import shared
from tests.integration.test_staff import sent

KINDS = ("known", "unknown", "blocked", "unconfirmed")
LATER = NOW + timedelta(minutes=5)
IN_THE_SUITE = 100

type Ask = Callable[[Process, str], Awaitable[Any]]


async def sign_in(process: Process, address: str) -> None:
    with suppress(SignInRefused):
        await process.sign_in(address, LATER, OTHER_PASSWORD)


async def register(process: Process, address: str) -> None:
    await process.accounts.registration.begin(address, PASSWORD, LATER)


async def reset(process: Process, address: str) -> None:
    await process.accounts.resetting.begin(address, LATER)


ASKED: dict[str, Ask] = {"sign-in": sign_in, "registration": register, "reset": reset}


async def addresses(process: Process, many: int) -> dict[str, list[str]]:
    """So many of each kind."""
    made: dict[str, list[str]] = {kind: [new_address() for _ in range(many)] for kind in KINDS}
    for kind in ("known", "blocked"):
        for address in made[kind]:
            granted = await process.registered(address)
            if kind == "blocked":
                await sent(process, _block(granted.account_id), f"block-{granted.account_id}")
    for address in made["unconfirmed"]:
        await process.accounts.registration.begin(address, PASSWORD, NOW)
    return made


def _block(account_id: str) -> ImposeRestriction:
    return ImposeRestriction(
        kind="account",
        target_id=account_id,
        reason="abuse",
        text="t",
        **at(Actor("moderator", "~mo")),
    )


async def timings(process: Process, ask: Ask, many: int) -> dict[str, list[float]]:
    """Of each kind, in an order that says nothing."""
    made = await addresses(process, many)
    order = [(kind, address) for kind in KINDS for address in made[kind]]
    random.Random(5).shuffle(order)
    for _ in range(20):  # What is slow the first time is so for everybody.
        await ask(process, new_address())
    took: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for kind, address in order:
        began = time.perf_counter()
        await ask(process, address)
        took[kind].append(time.perf_counter() - began)
    return took


def auc(ones: list[float], others: list[float]) -> float:
    """How often one of the first is slower than one of the others: 0.5 if nothing can be told."""
    ranked = sorted([(t, 1) for t in ones] + [(t, 0) for t in others])
    ranks = sum(rank for rank, (_, first) in enumerate(ranked, start=1) if first)
    count = len(ones)
    return (ranks - count * (count + 1) / 2) / (count * len(others))


def told_apart(took: dict[str, list[float]]) -> dict[str, float]:
    return {
        f"{one}/{other}": auc(took[one], took[other])
        for number, one in enumerate(KINDS)
        for other in KINDS[number + 1 :]
    }


@pytest.mark.parametrize("what", ASKED)
def test_the_time_of_an_answer_tells_nothing(dsn: str, hashed_by: Passwords, what: str) -> None:
    async def work(here: Process) -> None:
        found = told_apart(await timings(here, ASKED[what], IN_THE_SUITE))
        assert all(0.36 <= one <= 0.64 for one in found.values()), found

    run(dsn, hashed_by, work)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--timings", type=int, default=2_000)
    many = parser.parse_args().timings
    hashed_by, worst = hashing(), 0.5

    async def work(here: Process) -> None:
        nonlocal worst
        for what, ask in ASKED.items():
            for pair, found in told_apart(await timings(here, ask, many)).items():
                print(f"{what:<14}{pair:<24}{found:.3f}", flush=True)
                worst = max(worst, found, 1 - found)

    with shared().database() as dsn:
        run(dsn, hashed_by, work, within_s=3_600)
    hashed_by.close()
    return 0 if worst <= 0.55 else 1


if __name__ == "__main__":
    sys.exit(main())
