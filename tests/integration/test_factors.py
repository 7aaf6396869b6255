"""Second factors: asked for on new devices, each code once, and no way around them."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest

from commands.accounts.refusals import CodeRefused, FactorIsDue
from commands.accounts.sessions import Granted
from commands.records.passwords.hashing import Passwords
from commands.streams.account.refusals import FactorUnknown, PasswordWasReset
from eventstore.events.account import FactorAdded, FactorRemoved
from eventstore.events.session import SessionStarted
from tests.given import NOW
from tests.integration.accounts_ground import (
    HERE,
    MINUTE,
    OTHER_PASSWORD,
    Process,
    code_of,
    new_address,
    run,
    wrong,
)


class Anna:
    """Registered, with an authenticator and the codes that she has written down."""

    def __init__(self, process: Process, address: str, granted: Any, secret: str) -> None:
        self.process = process
        self.address = address
        self.account_id = granted.account_id
        self.session_id = granted.session_id
        self.device = granted.device_token
        self.totp = pyotp.TOTP(secret)
        self.codes: list[str] = []
        self.factor_id = ""

    def code(self, now: datetime) -> str:
        return self.totp.at(now)

    async def asked(self, now: datetime = NOW) -> str:
        """A challenge for a new device."""
        found = await self.process.sign_in(self.address, now)
        assert found.by == "factor"
        return str(found.challenge_id)

    async def shows(self, challenge_id: str, code: str, now: datetime = NOW) -> Granted:
        signing_in = self.process.accounts.signing_in
        return await signing_in.confirm_factor(challenge_id, code, HERE, now)


async def with_authenticator(process: Process) -> Anna:
    address = new_address()
    granted = await process.registered(address)
    factors = process.accounts.factors
    begun = await factors.begin_totp(granted.account_id, NOW)
    anna = Anna(process, address, granted, begun.secret)
    anna.factor_id = begun.factor_id
    confirmed = NOW - 2 * MINUTE
    anna.codes = await factors.confirm_totp(
        anna.account_id, begun.factor_id, anna.code(confirmed), confirmed
    )
    return anna


def test_an_authenticator_is_asked_for_on_a_new_device(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        assert isinstance(await here.sign_in(anna.address, device=anna.device), Granted)
        granted = await anna.shows(await anna.asked(), anna.code(NOW))
        assert granted.device_token is not None
        methods = [one.method for one in await here.events() if isinstance(one, SessionStarted)]
        assert methods == ["code", "password+device", "password+totp"]
        assert await here.told() == ["registration_code", "factor_added", "new_device"]

    run(dsn, hashed_by, work)


def test_nothing_is_asked_for_before_a_code_was_shown(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        granted = await here.registered(address)
        factors = here.accounts.factors
        begun = await factors.begin_totp(granted.account_id, NOW)
        code = pyotp.TOTP(begun.secret).at(NOW)
        with pytest.raises(CodeRefused):
            await factors.confirm_totp(granted.account_id, begun.factor_id, wrong(code), NOW)
        assert (await here.sign_in(address)).by == "email"
        assert not [one for one in await here.events() if isinstance(one, FactorAdded)]

    run(dsn, hashed_by, work)


@pytest.mark.parametrize(
    ("off", "taken"), [(-61, False), (-30, True), (0, True), (30, True), (61, False)]
)
def test_a_clock_may_be_half_a_minute_off(
    dsn: str, hashed_by: Passwords, off: int, taken: bool
) -> None:
    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        challenge = await anna.asked()
        code = anna.code(NOW + timedelta(seconds=off))
        if taken:
            await anna.shows(challenge, code)
        else:
            with pytest.raises(CodeRefused):
                await anna.shows(challenge, code)

    run(dsn, hashed_by, work)


def test_a_step_is_accepted_once_and_none_before_it_any_more(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process, there: Process) -> None:
        anna = await with_authenticator(here)
        one, two = await anna.asked(), await anna.asked()
        code = anna.code(NOW)
        shown = [
            here.accounts.signing_in.confirm_factor(one, code, HERE, NOW),
            there.accounts.signing_in.confirm_factor(two, code, HERE, NOW),
        ]
        outcomes = await asyncio.gather(*shown, return_exceptions=True)
        assert sorted(type(one).__name__ for one in outcomes) == ["CodeRefused", "Granted"]
        with pytest.raises(CodeRefused):
            await anna.shows(await anna.asked(), anna.code(NOW - timedelta(seconds=30)))
        later = NOW + timedelta(seconds=30)
        await anna.shows(await anna.asked(later), anna.code(later), later)

    run(dsn, hashed_by, work, 2)


def test_a_challenge_is_tried_five_times(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        challenge = await anna.asked()
        for _ in range(5):
            with pytest.raises(CodeRefused):
                await anna.shows(challenge, wrong(anna.code(NOW)))
        with pytest.raises(CodeRefused):
            await anna.shows(challenge, anna.code(NOW))
        await anna.shows(await anna.asked(), anna.code(NOW))

    run(dsn, hashed_by, work)


def test_recovery_codes_are_good_for_once_however_they_are_typed(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        assert len(set(anna.codes)) == 10
        first, second, *_ = anna.codes
        await anna.shows(await anna.asked(), first.lower().replace("-", " "))
        with pytest.raises(CodeRefused):
            await anna.shows(await anna.asked(), first)
        drawn = await here.accounts.factors.draw_codes(anna.account_id, NOW)
        with pytest.raises(CodeRefused):
            await anna.shows(await anna.asked(), second)
        await anna.shows(await anna.asked(), drawn[3])
        assert (await here.told()).count("recovery_code_used") == 2
        kinds = [e.kind for e in await here.events() if isinstance(e, FactorAdded)]
        assert kinds == ["totp", "recovery_codes", "recovery_codes"]

    run(dsn, hashed_by, work)


def test_nothing_that_is_kept_opens_anything(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        kept = str(await here.sql("SELECT * FROM factors.factor"))
        kept += str(await here.sql("SELECT * FROM factors.recovery_code"))
        assert anna.totp.secret not in kept
        assert not [code for code in anna.codes if code in kept or code.replace("-", "") in kept]

    run(dsn, hashed_by, work)


# --- ways around them ---------------------------------------------------------------------------


def test_a_letter_is_no_way_around_an_authenticator(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        challenge = await anna.asked()
        with pytest.raises(CodeRefused):
            await here.accounts.signing_in.confirm(challenge, anna.code(NOW), HERE, NOW)
        with pytest.raises(CodeRefused):
            await here.accounts.codes.send_again(challenge, NOW + 10 * MINUTE)
        with pytest.raises(FactorIsDue):
            await here.accounts.stepping_up.begin(anna.account_id, NOW)

    run(dsn, hashed_by, work)


def test_a_letter_from_before_is_no_way_around_one_that_was_added_since(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        granted = await here.registered(address)
        for_sign_in = await here.sign_in(address)
        for_step_up = await here.accounts.stepping_up.begin(granted.account_id, NOW)
        begun = await here.accounts.factors.begin_totp(granted.account_id, NOW)
        await here.accounts.factors.confirm_totp(
            granted.account_id, begun.factor_id, pyotp.TOTP(begun.secret).at(NOW), NOW
        )
        with pytest.raises(CodeRefused):
            await here.accounts.signing_in.confirm(
                for_sign_in.challenge_id, code_of(for_sign_in), HERE, NOW
            )
        with pytest.raises(FactorIsDue):
            await here.accounts.stepping_up.confirm(
                granted.account_id,
                granted.session_id,
                for_step_up.challenge_id,
                code_of(for_step_up),
                HERE,
                NOW,
            )

    run(dsn, hashed_by, work)


def test_two_who_draw_codes_at_once_leave_ten(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process, there: Process) -> None:
        anna = await with_authenticator(here)
        draws = [one.accounts.factors.draw_codes(anna.account_id, NOW) for one in (here, there)]
        await asyncio.gather(*draws, return_exceptions=True)
        ((left,),) = await here.sql("SELECT count(*) FROM factors.recovery_code")
        assert left == 10

    run(dsn, hashed_by, work, 2)


def test_a_reset_password_is_no_way_around_it(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        begun_before = await anna.asked()
        asked = await here.accounts.resetting.begin(anna.address, NOW)
        await here.accounts.resetting.confirm(
            asked.challenge_id, code_of(asked), OTHER_PASSWORD, NOW
        )
        new = await here.sign_in(anna.address, password=OTHER_PASSWORD, device=anna.device)
        assert new.by == "factor"
        with pytest.raises(PasswordWasReset):
            await anna.shows(begun_before, anna.codes[0])
        await anna.shows(new.challenge_id, anna.codes[1])

    run(dsn, hashed_by, work)


def test_nobody_shows_another_s_code_and_nobody_removes_it(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna, mallory = await with_authenticator(here), await with_authenticator(here)
        with pytest.raises(CodeRefused):
            await anna.shows(await anna.asked(), mallory.code(NOW))
        with pytest.raises(CodeRefused):
            await anna.shows(await anna.asked(), mallory.codes[0])
        factors = here.accounts.factors
        with pytest.raises(FactorUnknown):
            await factors.remove(mallory.account_id, anna.factor_id, NOW)
        with pytest.raises(FactorUnknown):
            await factors.confirm_totp(mallory.account_id, anna.factor_id, anna.code(NOW), NOW)
        assert await factors.has(anna.account_id)

    run(dsn, hashed_by, work)


def test_one_that_was_removed_is_not_asked_for(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        await here.accounts.factors.remove(anna.account_id, anna.factor_id, NOW)
        assert (await here.sign_in(anna.address)).by == "email"
        gone = [e.factor_id for e in await here.events() if isinstance(e, FactorRemoved)]
        assert gone == [anna.factor_id]
        assert "factor_removed" in await here.told()

    run(dsn, hashed_by, work)
