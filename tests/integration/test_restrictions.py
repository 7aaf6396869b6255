"""A restricted account is told nothing that tells it apart, and is out whatever was under way."""

from typing import Any

import pytest

from commands.accounts.refusals import SignInRefused
from commands.accounts.sessions import Granted, GrantInvalid
from commands.command import Actor
from commands.dispatch import Cause
from commands.records.passwords.hashing import Passwords
from commands.streams.restriction.messages import ImposeRestriction, LiftRestriction
from commands.streams.session.refusals import AccountIsBlocked
from tests.given import NOW, at
from tests.integration.accounts_ground import HERE, Process, code_of, new_address, run

MODERATOR = Actor("moderator", "~mo")


async def sent(process: Process, command: Any, key: str) -> None:
    cause = Cause(command_id=key, correlation_id="c", causation_id="c")
    await process.accounts.staffing._means.dispatch(command, cause)


async def blocked(process: Process, account_id: str, key: str = "k1") -> None:
    """As the route does it."""
    sessions = process.accounts.sessions
    command = ImposeRestriction(
        kind="account",
        target_id=account_id,
        reason="fraud",
        text="Paid with stolen cards.",
        sessions=await sessions.open_of(account_id),
        **at(MODERATOR),
    )
    await sent(process, command, key)
    await sessions.end_all(account_id, "blocked", NOW)


async def lifted(process: Process, account_id: str) -> None:
    command = LiftRestriction(
        kind="account", target_id=account_id, text="Cleared up.", **at(MODERATOR)
    )
    await sent(process, command, "k2")


def test_who_is_blocked_is_answered_as_who_is_wrong(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        granted = await here.registered(address)
        await blocked(here, granted.account_id)
        said = set()
        for device, password in ((granted.device_token, ""), ("", ""), ("", "wrong")):
            with pytest.raises(SignInRefused) as caught:
                await here.sign_in(
                    address, device=device, **({"password": password} if password else {})
                )
            said.add(str(caught.value))
        assert len(said) == 1
        with pytest.raises(GrantInvalid):
            await here.refresh(granted.refresh_token)
        await lifted(here, granted.account_id)
        assert isinstance(await here.sign_in(address, device=granted.device_token), Granted)

    run(dsn, hashed_by, work)


def test_what_was_under_way_leads_nowhere(dsn: str, hashed_by: Passwords) -> None:
    """A code that was sent before the block is shown after it."""

    async def work(here: Process, there: Process) -> None:
        address = new_address()
        granted = await here.registered(address)
        asked = await there.sign_in(address)
        await blocked(here, granted.account_id)
        with pytest.raises(AccountIsBlocked):
            await there.accounts.signing_in.confirm(asked.challenge_id, code_of(asked), HERE, NOW)

    run(dsn, hashed_by, work, 2)


def test_a_session_that_began_meanwhile_ends_too(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process, there: Process) -> None:
        address = new_address()
        granted = await here.registered(address)
        late: list[Any] = []
        open_of = here.accounts.sessions.open_of

        async def slowly(*which: Any) -> tuple[str, ...]:
            found = await open_of(*which)
            if not late:
                late.append(await there.sign_in(address, device=granted.device_token))
            return found

        object.__setattr__(here.accounts.sessions, "open_of", slowly)
        await blocked(here, granted.account_id)
        with pytest.raises(GrantInvalid):
            await here.refresh(late[0].refresh_token)

    run(dsn, hashed_by, work, 2)


def test_why_somebody_is_blocked_is_sealed_in_the_log(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        granted = await here.registered(new_address())
        await blocked(here, granted.account_id)
        rows = await here.sql("SELECT state FROM stored_events")
        assert not [row for row in rows if b"stolen" in bytes(row[0])]

    run(dsn, hashed_by, work)
