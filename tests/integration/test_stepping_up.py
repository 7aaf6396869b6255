"""Stepping up: a second factor is shown again, in the session that it counts in."""

import pytest

from commands.accounts.refusals import CodeRefused
from commands.records.passwords.hashing import Passwords
from tests.given import NOW
from tests.integration.accounts_ground import (
    HERE,
    MINUTE,
    Process,
    code_of,
    new_address,
    run,
    wrong,
)
from tests.integration.test_factors import with_authenticator


def test_a_letter_steps_up_who_has_nothing_else(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        granted = await here.registered(new_address())
        other = await here.registered(new_address())
        stepping_up = here.accounts.stepping_up
        now = NOW + 10 * MINUTE
        asked = await stepping_up.begin(granted.account_id, now)
        for_other = (other.account_id, other.session_id, asked.challenge_id, code_of(asked))
        with pytest.raises(CodeRefused):
            await stepping_up.confirm(*for_other, HERE, now)
        asked = await stepping_up.begin(granted.account_id, now + MINUTE)
        token = await stepping_up.confirm(
            granted.account_id, granted.session_id, asked.challenge_id, code_of(asked), HERE, now
        )
        assert token.endswith(f"|{now}")
        again = await here.refresh(granted.refresh_token, now + MINUTE)
        assert again.access_token.endswith(f"|{now}")

    run(dsn, hashed_by, work)


def test_an_authenticator_steps_up_its_own_session(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        by_factor = here.accounts.stepping_up.by_factor
        with pytest.raises(CodeRefused):
            await by_factor(anna.account_id, anna.session_id, wrong(anna.code(NOW)), HERE, NOW)
        token = await by_factor(anna.account_id, anna.session_id, anna.code(NOW), HERE, NOW)
        assert token.endswith(f"|{NOW}")

    run(dsn, hashed_by, work)


def test_a_known_device_has_shown_no_factor(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        granted = await here.registered(address)
        assert granted.access_token.endswith(f"|{NOW}")
        again = await here.sign_in(address, device=granted.device_token)
        assert again.access_token.endswith("|None")

    run(dsn, hashed_by, work)
