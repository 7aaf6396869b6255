"""Accounts: an address, a code, and who is there when."""

import asyncio
from datetime import timedelta

import pytest

from commands.accounts.gate import Origin
from commands.accounts.refusals import CodeJustSent, CodeRefused, SignInRefused
from commands.accounts.sessions import Granted
from commands.records.passwords.hashing import Passwords
from eventstore.events.account import AccountRegistered
from tests.given import NOW
from tests.integration.accounts_ground import (
    MINUTE,
    OTHER_PASSWORD,
    PASSWORD,
    Process,
    code_of,
    new_address,
    run,
    wrong,
)

LATER = NOW + 2 * MINUTE


def test_who_registers_at_one_process_signs_in_at_another_at_once(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process, there: Process) -> None:
        for _ in range(50):
            address = new_address()
            granted = await here.registered(address)
            again = await there.sign_in(address, device=granted.device_token)
            assert isinstance(again, Granted)
            assert again.account_id == granted.account_id

    run(dsn, hashed_by, work, 2)


def test_one_address_in_any_spelling_is_one_account(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        granted = await here.registered("Anna@Example.ORG")
        for spelling in ("anna@example.org", "ANNA@EXAMPLE.ORG"):
            assert isinstance(await here.sign_in(spelling, device=granted.device_token), Granted)
        asked = await here.accounts.registration.begin("anna@EXAMPLE.org", PASSWORD, LATER)
        with pytest.raises(CodeRefused):
            await here.accounts.registration.confirm(asked.challenge_id, code_of(asked), LATER)

    run(dsn, hashed_by, work)


def test_nobody_is_there_until_the_code_was_shown(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        await here.accounts.registration.begin(address, PASSWORD, NOW)
        with pytest.raises(SignInRefused):
            await here.sign_in(address)
        assert not [one for one in await here.events() if isinstance(one, AccountRegistered)]

    run(dsn, hashed_by, work)


def test_a_code_is_guessed_at_five_times(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        registration = here.accounts.registration
        asked = await registration.begin(new_address(), PASSWORD, NOW)
        for _ in range(5):
            with pytest.raises(CodeRefused):
                await registration.confirm(asked.challenge_id, wrong(code_of(asked)), NOW)
        with pytest.raises(CodeRefused):
            await registration.confirm(asked.challenge_id, code_of(asked), NOW)

    run(dsn, hashed_by, work)


def test_guesses_at_once_are_five_all_the_same(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process, there: Process) -> None:
        asked = await here.accounts.registration.begin(new_address(), PASSWORD, NOW)
        guesses = [
            one.accounts.registration.confirm(asked.challenge_id, wrong(code_of(asked)), NOW)
            for one in (here, there) * 10
        ]
        await asyncio.gather(*guesses, return_exceptions=True)
        ((attempts,),) = await here.sql("SELECT attempts FROM challenges.challenge")
        assert attempts == 5

    run(dsn, hashed_by, work, 2)


def test_one_code_opens_once_however_many_show_it(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process, there: Process) -> None:
        asked = await here.accounts.registration.begin(new_address(), PASSWORD, NOW)
        shown = [
            one.accounts.registration.confirm(asked.challenge_id, code_of(asked), NOW)
            for one in (here, there) * 2
        ]
        outcomes = await asyncio.gather(*shown, return_exceptions=True)
        refused = [one for one in outcomes if isinstance(one, CodeRefused)]
        assert len(refused) == 3
        with pytest.raises(CodeRefused):
            await here.accounts.registration.confirm(asked.challenge_id, code_of(asked), NOW)

    run(dsn, hashed_by, work, 2)


def test_a_code_is_good_for_ten_minutes(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        registration = here.accounts.registration
        asked = await registration.begin(new_address(), PASSWORD, NOW)
        with pytest.raises(CodeRefused):
            await registration.confirm(asked.challenge_id, code_of(asked), NOW + 10 * MINUTE)
        just = NOW + 10 * MINUTE - timedelta(seconds=1)
        await registration.confirm(asked.challenge_id, code_of(asked), just)

    run(dsn, hashed_by, work)


def test_another_code_comes_after_a_minute_and_voids_the_one_before(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        codes, registration = here.accounts.codes, here.accounts.registration
        asked = await registration.begin(new_address(), PASSWORD, NOW)
        with pytest.raises(CodeJustSent) as caught:
            await codes.send_again(asked.challenge_id, NOW + timedelta(seconds=59))
        assert caught.value.after_s == 2
        again = await codes.send_again(asked.challenge_id, NOW + MINUTE)
        assert again.challenge_id == asked.challenge_id
        with pytest.raises(CodeRefused):
            await registration.confirm(asked.challenge_id, code_of(asked, 1), LATER)
        await registration.confirm(asked.challenge_id, code_of(asked, 2), LATER)
        with pytest.raises(CodeRefused):
            await codes.send_again(asked.challenge_id, LATER)

    run(dsn, hashed_by, work)


def test_what_is_too_old_is_not_sent_again(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        asked = await here.accounts.registration.begin(new_address(), PASSWORD, NOW)
        with pytest.raises(CodeRefused):
            await here.accounts.codes.send_again(asked.challenge_id, NOW + 10 * MINUTE)

    run(dsn, hashed_by, work)


def test_what_a_stranger_asks_for_does_not_keep_the_owner_waiting(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        await here.registered(address)
        stranger, owner = Origin(address="198.51.100.1"), Origin(address="203.0.113.7")
        begin = here.accounts.resetting.begin
        await begin(address, NOW, stranger)
        with pytest.raises(CodeJustSent):
            await begin(address, NOW, stranger)
        asked = await begin(address, NOW, owner)
        await here.accounts.resetting.confirm(
            asked.challenge_id, code_of(asked), OTHER_PASSWORD, NOW, owner
        )

    run(dsn, hashed_by, work)


def test_five_codes_are_sent_and_no_more(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        asked = await here.accounts.registration.begin(new_address(), PASSWORD, NOW)
        for turn in range(1, 5):
            await here.accounts.codes.send_again(asked.challenge_id, NOW + turn * MINUTE)
        with pytest.raises(CodeRefused):
            await here.accounts.codes.send_again(asked.challenge_id, NOW + 5 * MINUTE)
        assert await here.told() == ["registration_code"] * 5

    run(dsn, hashed_by, work)


def test_an_address_is_not_flooded_by_new_requests(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process, there: Process) -> None:
        address = new_address()
        asked = [one.accounts.registration.begin(address, PASSWORD, NOW) for one in (here, there)]
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert sorted(type(one).__name__ for one in outcomes) == ["Asked", "CodeJustSent"]
        with pytest.raises(CodeJustSent):
            await here.accounts.registration.begin(address.upper(), PASSWORD, NOW)
        assert await here.told() == ["registration_code"]

    run(dsn, hashed_by, work, 2)
