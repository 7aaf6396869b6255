"""A password that is changed: by who knows the one before, and everybody else is out."""

from datetime import timedelta

import pytest

from commands.accounts.asking import ByDevice
from commands.accounts.changing import Asking
from commands.accounts.codes import Asked
from commands.accounts.refusals import PasswordWeak, PasswordWrong, SignInRefused
from commands.accounts.sessions import Granted, GrantInvalid
from commands.records.passwords.hashing import Passwords
from eventstore.events.session import SessionEnded
from tests.given import NOW
from tests.integration.accounts_ground import (
    HERE,
    OTHER_PASSWORD,
    PASSWORD,
    Process,
    code_of,
    new_address,
    run,
)


async def change(
    here: Process, granted: Granted, current: str = PASSWORD, new: str = OTHER_PASSWORD
) -> None:
    asking = Asking(
        account_id=granted.account_id, session_id=granted.session_id, current=current, new=new
    )
    await here.accounts.changing.change(asking, HERE, NOW)


def test_it_ends_all_sessions_but_its_own_and_forgets_other_devices(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process, there: Process) -> None:
        address = new_address()
        granted = await here.registered(address)
        asked = await there.sign_in(address)
        other = await there.accounts.signing_in.confirm(
            asked.challenge_id, code_of(asked), HERE, NOW, trust=True
        )
        await change(here, granted)
        ended = [one for one in await here.events() if isinstance(one, SessionEnded)]
        assert [(one.session_id, one.reason) for one in ended] == [
            (other.session_id, "password_changed")
        ]
        with pytest.raises(GrantInvalid):
            await there.refresh(other.refresh_token)
        await there.refresh(granted.refresh_token)
        by_device = here.accounts.signing_in.by_device
        with pytest.raises(SignInRefused):
            await by_device(ByDevice(device_token=str(other.device_token)), HERE, NOW)
        known = await there.sign_in(address, NOW, OTHER_PASSWORD, str(granted.device_token))
        assert isinstance(known, Granted)
        elsewhere = await there.sign_in(
            address, NOW + timedelta(minutes=2), OTHER_PASSWORD, str(other.device_token)
        )
        assert isinstance(elsewhere, Asked)
        assert "password_changed" in await here.told()

    run(dsn, hashed_by, work, 2)


def test_the_one_before_must_be_shown_and_does_no_more(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        granted = await here.registered(address)
        with pytest.raises(PasswordWrong):
            await change(here, granted, current=OTHER_PASSWORD)
        with pytest.raises(PasswordWeak):
            await change(here, granted, new="Пароль2024!")
        with pytest.raises(PasswordWeak):
            await change(here, granted, new=address)
        await change(here, granted)
        with pytest.raises(PasswordWrong):
            await change(here, granted)
        with pytest.raises(SignInRefused):
            await here.sign_in(address, device=str(granted.device_token))
        await change(here, granted, OTHER_PASSWORD, PASSWORD)
        assert isinstance(await here.sign_in(address, device=str(granted.device_token)), Granted)

    run(dsn, hashed_by, work)


def test_signing_out_elsewhere_leaves_no_device_that_signs_in_by_itself(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        granted = await here.registered(address)
        asked = await here.sign_in(address)
        other = await here.accounts.signing_in.confirm(
            asked.challenge_id, code_of(asked), HERE, NOW, trust=True
        )
        by_itself = ByDevice(device_token=str(other.device_token))
        await here.accounts.signing_in.by_device(by_itself, HERE, NOW)
        await here.accounts.sessions.end_others(granted.account_id, granted.session_id, NOW)
        with pytest.raises(SignInRefused):
            await here.accounts.signing_in.by_device(by_itself, HERE, NOW)

    run(dsn, hashed_by, work)
