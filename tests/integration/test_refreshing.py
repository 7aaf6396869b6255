"""Refresh tokens: no honest user is signed out by the network, and no thief stays."""

import asyncio
import random
from datetime import datetime, timedelta

import pytest

from commands.accounts.lifetimes import ABSOLUTE, IDLE, STAFF_ABSOLUTE, STAFF_IDLE
from commands.accounts.sessions import GRACE, GrantInvalid
from commands.accounts.tokens import REFRESH, OpaqueToken, read
from commands.records.passwords.hashing import Passwords
from commands.streams.session.refusals import SessionIsOver, SessionUnknown
from eventstore.events.session import SessionEnded
from tests.given import NOW
from tests.integration.accounts_ground import Process, new_address, run
from tests.integration.test_factors import with_authenticator
from tests.integration.test_staff import granted, staff_session

SECOND = timedelta(seconds=1)
ROUNDS = 200
AT_ONCE = 50


async def ended(process: Process) -> list[SessionEnded]:
    return [one for one in await process.events() if isinstance(one, SessionEnded)]


async def one_round(processes: tuple[Process, ...], token: str, now: datetime) -> str:
    """Fifty at once, over all processes; the one successor."""
    asked = [processes[n % len(processes)].refresh(token, now) for n in range(AT_ONCE)]
    granted = await asyncio.gather(*asked)
    (successor,) = {one.refresh_token for one in granted}
    return successor


async def survives(rounds: int, chance: random.Random, *processes: Process) -> None:
    """Of the replies of a round some are lost, or all: then the client shows the same again."""
    token = (await processes[0].registered(new_address())).refresh_token
    now = NOW
    for _ in range(rounds):
        successor = await one_round(processes, token, now)
        while chance.random() < 0.4:
            now += SECOND
            assert await one_round(processes, token, now) == successor
        token = successor
        now += timedelta(minutes=9)
    assert await ended(processes[0]) == []


def test_parallel_and_repeated_refreshes_sign_nobody_out(dsn: str, hashed_by: Passwords) -> None:
    async def work(*processes: Process) -> None:
        await survives(ROUNDS, random.Random(7), *processes)

    run(dsn, hashed_by, work, 2)


def test_a_slow_tab_shows_a_token_from_two_refreshes_ago(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process, there: Process) -> None:
        first = (await here.registered(new_address())).refresh_token
        second = (await here.refresh(first)).refresh_token
        third = (await there.refresh(second, NOW + SECOND)).refresh_token
        assert (await here.refresh(first, NOW + 2 * SECOND)).refresh_token == second
        assert (await there.refresh(second, NOW + 2 * SECOND)).refresh_token == third
        await here.refresh(third, NOW + 3 * SECOND)

    run(dsn, hashed_by, work, 2)


@pytest.mark.parametrize("steps", [1, 3, 12, 60])
def test_an_older_token_after_the_grace_ends_the_session_and_tells_the_owner(
    dsn: str, hashed_by: Passwords, steps: int
) -> None:
    async def work(here: Process, there: Process) -> None:
        granted = await here.registered(new_address())
        token = granted.refresh_token
        for step in range(steps):
            token = (await here.refresh(token, NOW + step * SECOND)).refresh_token
        late = NOW + steps * SECOND + GRACE
        with pytest.raises(GrantInvalid):
            await there.refresh(granted.refresh_token, late)
        assert [one.reason for one in await ended(here)] == ["token_reused"]
        assert (await here.told())[-1] == "token_reused"
        with pytest.raises(GrantInvalid):  # The thief's, or the owner's: both are out.
            await here.refresh(token, late)
        with pytest.raises(GrantInvalid):
            await here.refresh(granted.refresh_token, late)
        assert len(await ended(here)) == 1

    run(dsn, hashed_by, work, 2)


def test_a_token_that_leads_nowhere_ends_nothing(dsn: str, hashed_by: Passwords) -> None:
    """Whoever knows a session's id cannot sign its owner out with it."""

    async def work(here: Process) -> None:
        granted = await here.registered(new_address())
        token = (await here.refresh(granted.refresh_token)).refresh_token
        forged = str(OpaqueToken(REFRESH, granted.session_id, b"x" * 40))
        other = read(REFRESH, (await here.registered(new_address())).refresh_token)
        assert other is not None
        moved = str(OpaqueToken(REFRESH, granted.session_id, other.secret))
        spelled = token + "="
        for guess in (forged, moved, spelled, "", "mrt_", token.replace("mrt_", "mdt_")):
            with pytest.raises(GrantInvalid):
                await here.refresh(guess, NOW + timedelta(hours=1))
        await here.refresh(token, NOW + timedelta(hours=1))
        assert await ended(here) == []

    run(dsn, hashed_by, work)


def test_an_end_counts_from_the_moment_it_is_in_the_log(dsn: str, hashed_by: Passwords) -> None:
    """Whatever the table says: who has ended it may have died before writing there."""

    async def work(here: Process, there: Process) -> None:
        granted = await here.registered(new_address())
        token = (await here.refresh(granted.refresh_token)).refresh_token
        await here.accounts.sessions.end(granted.account_id, granted.session_id, "signed_out", NOW)
        await here.sql("UPDATE sessions.session SET ended_at = NULL")
        for shown in (token, granted.refresh_token):
            with pytest.raises(GrantInvalid):
                await there.refresh(shown)

    run(dsn, hashed_by, work, 2)


def test_a_session_that_lies_unused_or_grows_old_is_over(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        idle = (await here.registered(new_address())).refresh_token
        with pytest.raises(GrantInvalid):
            await here.refresh(idle, NOW + IDLE)
        token = (await here.registered(new_address())).refresh_token
        now = NOW
        while now + IDLE - SECOND < NOW + ABSOLUTE:
            now += IDLE - SECOND
            token = (await here.refresh(token, now)).refresh_token
        with pytest.raises(GrantInvalid):
            await here.refresh(token, NOW + ABSOLUTE)

    run(dsn, hashed_by, work)


def test_no_factor_makes_an_old_session_new(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        mine = await here.registered(new_address())
        step_up = here.accounts.sessions.step_up
        await step_up(mine.account_id, mine.session_id, NOW + IDLE - SECOND)
        with pytest.raises(SessionIsOver):
            await step_up(mine.account_id, mine.session_id, NOW + IDLE)

    run(dsn, hashed_by, work)


def test_staff_is_signed_out_after_an_hour_unused_and_after_twelve(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        await granted(here, anna, "operator", "g1")
        token = (await staff_session(anna)).refresh_token
        with pytest.raises(GrantInvalid):
            await here.refresh(token, NOW + STAFF_IDLE)
        now = NOW
        while now + STAFF_IDLE - SECOND < NOW + STAFF_ABSOLUTE:
            now += STAFF_IDLE - SECOND
            token = (await here.refresh(token, now)).refresh_token
        with pytest.raises(GrantInvalid):
            await here.refresh(token, NOW + STAFF_ABSOLUTE)

    run(dsn, hashed_by, work)


def test_a_session_is_ended_once_and_by_its_own_account(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        mine = await here.registered(new_address())
        foreign = await here.registered(new_address())
        end = here.accounts.sessions.end
        with pytest.raises(SessionUnknown):
            await end(mine.account_id, foreign.session_id, "signed_out", NOW)
        assert await end(mine.account_id, mine.session_id, "signed_out", NOW) is not None
        assert await end(mine.account_id, mine.session_id, "signed_out_elsewhere", NOW) is None
        assert [one.session_id for one in await ended(here)] == [mine.session_id]
        await here.refresh(foreign.refresh_token)

    run(dsn, hashed_by, work)


def test_signing_out_everywhere_else_leaves_one(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        first = await here.registered(address)
        others = [await here.sign_in(address, device=first.device_token) for _ in range(3)]
        sessions = here.accounts.sessions
        assert await sessions.end_others(first.account_id, others[1].session_id, NOW) == 3
        await here.refresh(others[1].refresh_token)
        for gone in (first, others[0], others[2]):
            with pytest.raises(GrantInvalid):
                await here.refresh(gone.refresh_token)

    run(dsn, hashed_by, work)


def test_a_thief_who_hurries_is_found_all_the_same(dsn: str, hashed_by: Passwords) -> None:
    """However many tokens he has been through when the owner shows hers."""

    async def work(here: Process) -> None:
        granted = await here.registered(new_address())
        token = granted.refresh_token
        for _ in range(300):
            token = (await here.refresh(token)).refresh_token
        with pytest.raises(GrantInvalid):
            await here.refresh(granted.refresh_token)
        assert [one.reason for one in await ended(here)] == ["token_reused"]

    run(dsn, hashed_by, work)


def test_nobody_has_more_than_a_hundred_sessions(
    dsn: str, hashed_by: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commands.accounts.sessions.OPEN_MAX", 3)

    async def work(here: Process) -> None:
        address = new_address()
        first = await here.registered(address)
        for second in range(1, 5):
            now = NOW + second * SECOND
            await here.sign_in(address, now, device=first.device_token)
        assert len(await here.accounts.sessions.open_of(first.account_id)) == 3
        with pytest.raises(GrantInvalid):
            await here.refresh(first.refresh_token)

    run(dsn, hashed_by, work)


def test_all_end_however_many_one_look_shows(
    dsn: str, hashed_by: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a row that the log knows nothing of stands in nobody's way."""
    monkeypatch.setattr("commands.records.sessions.queries.OPEN_MAX", 2)

    async def work(here: Process) -> None:
        address = new_address()
        first = await here.registered(address)
        rest = [await here.sign_in(address, device=first.device_token) for _ in range(6)]
        await here.sql(
            "INSERT INTO sessions.session SELECT '~orphan', account_id, device_id, surface,"
            " seller_id, 'h', 0, '{}', idle_s, factor_at, started_at, idle_until, absolute_until"
            " FROM sessions.session WHERE session_id = %s",
            first.session_id,
        )
        await here.accounts.sessions.end_all(first.account_id, "blocked", NOW)
        assert len(await ended(here)) == 7
        for gone in (first, *rest):
            with pytest.raises(GrantInvalid):
                await here.refresh(gone.refresh_token)

    run(dsn, hashed_by, work)
