"""Ended sessions are refused within a second, and by nobody who does not know."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest

from commands.records.passwords.hashing import Passwords
from deploy.http import revocations
from deploy.http.revocations import Revocations
from deploy.http.tokens import RevocationsUnknown, Revoked
from eventstore.identity import Identity
from tests.given import NOW
from tests.integration.accounts_ground import Process, new_address, run
from tests.integration.part_server import PartServer
from tests.integration.postgres_server import PostgresServer

WITHIN_S = 1.0
MANY = 40


def of(session: str) -> Identity:
    return Identity(subject="~a", roles=("buyer",), account="~a", session=session)


class Clock:
    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@asynccontextmanager
async def following(dsn: str, clock: Clock | None = None) -> AsyncIterator[Revocations]:
    made = Revocations(dsn, clock or Clock())
    await made.start()
    try:
        await until_seeing(made)
        yield made
    finally:
        await made.stop()


async def until_seeing(followed: Revocations) -> None:
    while True:
        try:
            followed.check(of("~nobody"))
        except RevocationsUnknown:
            await asyncio.sleep(0.01)
        else:
            return


async def seconds_until_refused(followed: Revocations, session: str) -> float:
    began = time.monotonic()
    while True:
        try:
            followed.check(of(session))
        except Revoked:
            return time.monotonic() - began
        await asyncio.sleep(0.005)


async def signed_out(process: Process, now: datetime = NOW) -> str:
    """A session that has just ended."""
    granted = await process.registered(new_address(), now)
    await process.accounts.sessions.end(granted.account_id, granted.session_id, "signed_out", now)
    return str(granted.session_id)


def test_from_the_end_to_the_refusal_it_takes_less_than_a_second(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        async with following(dsn) as one, following(dsn) as two:
            took = []
            for _ in range(MANY):
                session = await signed_out(here)
                pair = (seconds_until_refused(one, session), seconds_until_refused(two, session))
                took += await asyncio.gather(*pair)
        assert max(took) <= WITHIN_S, sorted(took)[-5:]

    run(dsn, hashed_by, work)


def test_what_ended_before_a_process_began_is_known_to_it(
    dsn: str, hashed_by: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revocations, "PAGE", 2)

    async def work(here: Process) -> None:
        long_ago = [await signed_out(here, NOW - timedelta(minutes=30)) for _ in range(3)]
        lately = [await signed_out(here, NOW - timedelta(minutes=5)) for _ in range(5)]
        async with following(dsn) as followed:
            for session in lately:
                with pytest.raises(Revoked):
                    followed.check(of(session))
            for session in long_ago:  # No token of theirs is good any more.
                followed.check(of(session))
            at_once = [await signed_out(here) for _ in range(7)]
            for session in at_once:
                assert await seconds_until_refused(followed, session) <= WITHIN_S

    run(dsn, hashed_by, work)


def test_what_no_token_can_name_any_more_is_forgotten(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        clock = Clock()
        async with following(dsn, clock) as followed:
            session = await signed_out(here)
            await seconds_until_refused(followed, session)
            clock.now = NOW + timedelta(minutes=12)
            while followed.gauges()["revocations_kept"]:
                await asyncio.sleep(0.01)
            followed.check(of(session))

    run(dsn, hashed_by, work)


def test_a_token_that_no_session_gave_is_not_asked_about() -> None:
    followed = Revocations("postgresql://nowhere", Clock())
    followed.check(of(""))
    with pytest.raises(RevocationsUnknown):
        followed.check(of("~s1"))


def test_who_cannot_follow_refuses_and_follows_again_when_he_can(
    hashed_by: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revocations, "BLIND_S", 0.5)
    server = PostgresServer()
    server.start()
    try:
        with server.database() as dsn:
            run(dsn, hashed_by, lambda here: _away_and_back(here, server, dsn))
    finally:
        server.remove()


async def _away_and_back(here: Process, server: PartServer, dsn: str) -> None:
    before = await signed_out(here)
    async with following(dsn) as followed:
        await asyncio.to_thread(server.stop)
        stopped = time.monotonic()
        while not await _blind(followed):
            await asyncio.sleep(0.01)
        assert time.monotonic() - stopped < 0.5 + WITHIN_S
        await asyncio.to_thread(server.start)
        await until_seeing(followed)
        with pytest.raises(Revoked):
            followed.check(of(before))
        while not here.store.ready:
            await asyncio.sleep(0.01)
        assert await seconds_until_refused(followed, await signed_out(here)) <= WITHIN_S


async def _blind(followed: Revocations) -> bool:
    try:
        followed.check(of("~nobody"))
    except RevocationsUnknown:
        return True
    return False


def test_another_log_in_the_place_of_the_one_is_read_anew(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        async with following(dsn) as followed:
            sessions = [await signed_out(here) for _ in range(3)]
            await seconds_until_refused(followed, sessions[-1])
            (row,) = await here.sql(
                "SELECT notification_id FROM stored_events WHERE originator_id = %s"
                " AND topic = 'session.ended.v1'",
                f"session-{sessions[1]}",
            )
            await _restored_to(here, row[0])
            while await _refuses(followed, sessions[-1]):
                await asyncio.sleep(0.01)
            assert await _refuses(followed, sessions[1])

    run(dsn, hashed_by, work)


async def _restored_to(here: Process, position: int) -> None:
    """As after a backup was put back that ends there."""
    await here.sql("DELETE FROM stored_events WHERE notification_id > %s", position)
    await here.sql("UPDATE log_head SET position = %s", position)


async def _refuses(followed: Revocations, session: str) -> bool:
    try:
        followed.check(of(session))
    except (Revoked, RevocationsUnknown):
        return True
    return False


def test_its_index_holds_its_own_events_alone(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        await signed_out(here)
        plan: list[Any] = await here.sql("EXPLAIN " + revocations.OLDER % ("9", "5"))
        assert "stored_events_session_ended_idx" in str(plan)

    run(dsn, hashed_by, work)
