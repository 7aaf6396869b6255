"""Staff: by invitation or by a superadmin, with a factor each time, and gone within a second."""

from datetime import timedelta
from typing import Any

import pytest

from commands.accounts.asking import Asking
from commands.accounts.refusals import FactorIsMissing, InvitationRefused
from commands.accounts.sessions import Granted, GrantInvalid
from commands.accounts.tokens import INVITATION, OpaqueToken
from commands.command import Actor
from commands.dispatch import Cause
from commands.records.invitations import queries as invitations
from commands.records.passwords.hashing import Passwords
from commands.streams.account.messages import GrantRole, RevokeRole
from commands.streams.account.refusals import NoStaff
from eventstore.events.account import RoleGranted
from tests.given import NOW, at
from tests.integration.accounts_ground import HERE, Process, new_address, run
from tests.integration.test_factors import Anna, with_authenticator

ROOT = Actor("superadmin", "~root")
DAY = timedelta(days=1)


async def invitation(process: Process, role: Any = "superadmin") -> str:
    token = OpaqueToken(INVITATION, "~6f1c2f6e-8f0b-4c0e-9a53-1d6f1a7c0d11", b"i" * 32)
    async with process.pool.connection() as connection:
        await invitations.add(connection, token.hash, role, NOW + DAY)
    return str(token)


async def sent(process: Process, command: Any, key: str) -> None:
    cause = Cause(command_id=key, correlation_id="c", causation_id="c")
    await process.accounts.staffing._means.dispatch(command, cause)


async def granted(process: Process, anna: Anna, role: Any, key: str) -> None:
    command = GrantRole(account_id=anna.account_id, role=role, reason="r", **at(ROOT))
    await sent(process, command, key)


async def staff_session(anna: Anna, step: int = 0) -> Granted:
    now = NOW + step * timedelta(seconds=30)
    signing_in = anna.process.accounts.signing_in
    asking = Asking(
        address=anna.address,
        password="korrekte-pferde-batterie",
        device_token=anna.device,
        surface="staff",
    )
    asked = await signing_in.begin(asking, HERE, now)
    return await signing_in.confirm_factor(
        str(getattr(asked, "challenge_id", "")), anna.code(now), HERE, now
    )


def roles_of(granted: Granted) -> str:
    return granted.access_token.split("|")[2]


def test_an_invitation_is_taken_once_by_who_has_a_factor(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        token = await invitation(here)
        bare = await here.registered(new_address())
        staffing = here.accounts.staffing
        with pytest.raises(FactorIsMissing):
            await staffing.claim(bare.account_id, token, NOW)
        anna, mallory = await with_authenticator(here), await with_authenticator(here)
        assert await staffing.claim(anna.account_id, token, NOW) == "superadmin"
        assert await staffing.claim(anna.account_id, token, NOW) == "superadmin"
        with pytest.raises(InvitationRefused):
            await staffing.claim(anna.account_id, token, NOW + DAY)
        for worthless in (token, token.replace("mit_", "mrt_"), "", token[:-1] + "B"):
            with pytest.raises(InvitationRefused):
                await staffing.claim(mallory.account_id, worthless, NOW)
        roles = [one for one in await here.events() if isinstance(one, RoleGranted)]
        assert [(one.account_id, one.roles) for one in roles] == [
            (anna.account_id, ("superadmin",))
        ]

    run(dsn, hashed_by, work)


def test_an_invitation_is_good_for_a_day(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        token = await invitation(here)
        anna = await with_authenticator(here)
        with pytest.raises(InvitationRefused):
            await here.accounts.staffing.claim(anna.account_id, token, NOW + DAY)

    run(dsn, hashed_by, work)


def test_staff_shows_a_factor_on_a_known_device_too(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        with pytest.raises(NoStaff):
            await staff_session(anna)
        await granted(here, anna, "moderator", "k1")
        session = await staff_session(anna)
        assert roles_of(session) == "staff:moderator"

    run(dsn, hashed_by, work)


def test_who_is_staff_without_a_factor_is_not_let_in(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        await granted(here, anna, "moderator", "k1")
        await here.accounts.factors.remove(anna.account_id, anna.factor_id, NOW)
        with pytest.raises(NoStaff):
            await staff_session(anna)

    run(dsn, hashed_by, work)


def test_a_refreshed_token_says_what_somebody_is_now(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process, there: Process) -> None:
        anna = await with_authenticator(here)
        await granted(here, anna, "moderator", "k1")
        session = await staff_session(anna)
        await granted(there, anna, "analyst", "k2")
        again = await here.refresh(session.refresh_token)
        assert roles_of(again) == "staff:analyst+moderator"
        await granted(there, anna, "superadmin", "k3")
        again = await there.refresh(again.refresh_token)
        assert roles_of(again) == "staff:operator+auditor+analyst+moderator+superadmin"

    run(dsn, hashed_by, work, 2)


def test_who_loses_a_role_is_out_and_comes_back_as_what_is_left(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        await granted(here, anna, "moderator", "k1")
        await granted(here, anna, "analyst", "k2")
        session, buyer = (
            await staff_session(anna),
            await here.sign_in(anna.address, device=anna.device),
        )
        await sent(here, await revoking(here, anna, "moderator"), "k3")
        with pytest.raises(GrantInvalid):
            await here.refresh(session.refresh_token)
        assert isinstance(await here.refresh(buyer.refresh_token), Granted)
        assert roles_of(await staff_session(anna, 1)) == "staff:analyst"
        await sent(here, await revoking(here, anna, "analyst"), "k4")
        with pytest.raises(NoStaff):
            await staff_session(anna, 2)

    run(dsn, hashed_by, work)


async def revoking(process: Process, anna: Anna, role: Any) -> RevokeRole:
    open_ones = await process.accounts.sessions.open_of(anna.account_id, "staff")
    return RevokeRole(
        account_id=anna.account_id, role=role, reason="r", sessions=open_ones, **at(ROOT)
    )


def test_a_session_that_began_meanwhile_ends_too(dsn: str, hashed_by: Passwords) -> None:
    """It was not in the list of the command, since the command was on its way."""

    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        await granted(here, anna, "moderator", "k1")
        command = await revoking(here, anna, "moderator")
        late = await staff_session(anna)
        await sent(here, command, "k2")
        await here.accounts.sessions.end_all(anna.account_id, "role_revoked", NOW, "staff")
        with pytest.raises(GrantInvalid):
            await here.refresh(late.refresh_token)

    run(dsn, hashed_by, work)
