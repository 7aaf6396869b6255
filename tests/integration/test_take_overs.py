"""What whoever wants somebody else's account tries, and what comes of it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from commands.accounts.codes import Asked
from commands.accounts.refusals import CodeJustSent, CodeRefused, PasswordWeak, SignInRefused
from commands.accounts.sessions import Granted
from commands.records.passwords.hashing import Passwords
from commands.streams.account.refusals import PasswordWasReset
from commands.streams.contact.refusals import ContactTaken
from eventstore.events.session import SessionEnded, SessionStarted
from tests.given import NOW
from tests.integration.accounts_ground import (
    HERE,
    MINUTE,
    OTHER_PASSWORD,
    PASSWORD,
    Process,
    code_of,
    new_address,
    run,
)

LATER = NOW + 2 * MINUTE


def test_a_victim_s_address_registered_before_her_is_hers_all_the_same(
    dsn: str, hashed_by: Passwords
) -> None:
    """Nothing that the attacker typed is in her account, and his request leads nowhere."""

    async def work(here: Process) -> None:
        address = new_address()
        his = await here.accounts.registration.begin(address, OTHER_PASSWORD, NOW)
        hers = await here.registered(address, LATER)
        with pytest.raises(SignInRefused):
            await here.sign_in(address, LATER, OTHER_PASSWORD)
        with pytest.raises(ContactTaken):
            await here.accounts.registration.confirm(his.challenge_id, code_of(his), LATER)
        known = await here.sign_in(address, LATER, device=hers.device_token)
        assert known.account_id == hers.account_id

    run(dsn, hashed_by, work)


def test_two_who_confirm_one_address_at_once_are_one_account(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process, there: Process) -> None:
        address = new_address()
        one = await here.accounts.registration.begin(address, PASSWORD, NOW)
        two = await there.accounts.registration.begin(address, PASSWORD, LATER)
        outcomes = await asyncio.gather(
            here.accounts.registration.confirm(one.challenge_id, code_of(one), LATER),
            there.accounts.registration.confirm(two.challenge_id, code_of(two), LATER),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, ContactTaken) for outcome in outcomes) == 1

    run(dsn, hashed_by, work, 2)


def test_no_code_registers_an_address_that_is_somebody_s(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        await here.registered(address)
        asked = await here.accounts.registration.begin(address, OTHER_PASSWORD, LATER)
        with pytest.raises(CodeRefused):
            await here.accounts.registration.confirm(asked.challenge_id, code_of(asked), LATER)
        assert (await here.told())[-1] == "already_registered"

    run(dsn, hashed_by, work)


def test_a_code_is_good_for_what_it_was_asked_for_only(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        await here.registered(address)
        for_sign_in = await here.sign_in(address)
        for_reset = await here.accounts.resetting.begin(address, NOW)
        with pytest.raises(CodeRefused):
            await here.accounts.registration.confirm(
                for_sign_in.challenge_id, code_of(for_sign_in), NOW
            )
        with pytest.raises(CodeRefused):
            await here.accounts.signing_in.confirm(
                for_reset.challenge_id, code_of(for_reset), HERE, NOW
            )
        with pytest.raises(CodeRefused):
            await here.accounts.signing_in.confirm(
                for_sign_in.challenge_id, code_of(for_reset), HERE, NOW
            )
        with pytest.raises(CodeRefused):
            await here.accounts.resetting.confirm(
                for_sign_in.challenge_id, code_of(for_sign_in), OTHER_PASSWORD, NOW
            )

    run(dsn, hashed_by, work)


def test_a_device_is_known_to_its_own_account_alone(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        await here.registered(address)
        mallory = await here.registered(new_address())
        device = mallory.device_token
        assert isinstance(await here.sign_in(address, device=device), Asked)
        torn = device[:-1] + ("A" if device[-1] != "A" else "B")
        for token in (torn, "", "mdt_~x.y", device.replace("mdt_", "mrt_"), "nonsense"):
            with pytest.raises(CodeJustSent):  # A code is due, and one was just sent.
                await here.sign_in(address, device=token)

    run(dsn, hashed_by, work)


def test_a_device_that_was_not_seen_for_long_is_a_new_one(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        device = (await here.registered(address)).device_token
        seen = NOW + timedelta(days=60)
        assert isinstance(await here.sign_in(address, seen, device=device), Granted)
        seen += timedelta(days=89)
        assert isinstance(await here.sign_in(address, seen, device=device), Granted)
        assert isinstance(
            await here.sign_in(address, seen + timedelta(days=91), device=device), Asked
        )

    run(dsn, hashed_by, work)


def test_whoever_is_wrong_is_told_the_same(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        known, unconfirmed = new_address(), new_address()
        await here.registered(known)
        await here.accounts.registration.begin(unconfirmed, PASSWORD, NOW)
        said = set()
        for address in (known, unconfirmed, new_address()):
            with pytest.raises(SignInRefused) as caught:
                await here.sign_in(address, password=OTHER_PASSWORD)
            said.add((str(caught.value), caught.value.field))
        with pytest.raises(SignInRefused) as caught:
            await here.sign_in(unconfirmed)
        said.add((str(caught.value), caught.value.field))
        assert len(said) == 1

    run(dsn, hashed_by, work)


def test_a_reset_password_ends_sessions_and_forgets_devices(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process, there: Process) -> None:
        address = new_address()
        granted = await here.registered(address)
        second = await there.sign_in(address, device=granted.device_token)
        asked = await there.accounts.resetting.begin(address, NOW)
        await there.accounts.resetting.confirm(
            asked.challenge_id, code_of(asked), OTHER_PASSWORD, NOW
        )
        ended = {e.session_id for e in await here.events() if isinstance(e, SessionEnded)}
        assert ended == {granted.session_id, second.session_id}
        with pytest.raises(SignInRefused):
            await here.sign_in(address, device=granted.device_token)
        new = await here.sign_in(address, password=OTHER_PASSWORD, device=granted.device_token)
        assert isinstance(new, Asked)
        let_in = await here.accounts.signing_in.confirm(new.challenge_id, code_of(new), HERE, NOW)
        assert let_in.account_id == granted.account_id

    run(dsn, hashed_by, work, 2)


def test_a_code_of_before_a_reset_resets_nothing_more(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        await here.registered(address)
        begin, confirm = here.accounts.resetting.begin, here.accounts.resetting.confirm
        thief_s = await begin(address, NOW)
        hers = await begin(address, LATER)
        await confirm(hers.challenge_id, code_of(hers), OTHER_PASSWORD, LATER)
        with pytest.raises(PasswordWasReset):
            await confirm(thief_s.challenge_id, code_of(thief_s), PASSWORD, LATER)

    run(dsn, hashed_by, work)


def test_a_new_password_is_not_made_of_the_address(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        await here.registered("katharina.vonbora@example.org")
        asked = await here.accounts.resetting.begin("katharina.vonbora@example.org", NOW)
        with pytest.raises(PasswordWeak):
            await here.accounts.resetting.confirm(
                asked.challenge_id, code_of(asked), "katharina.vonbora", NOW
            )

    run(dsn, hashed_by, work)


def test_what_the_old_password_has_begun_ends_with_it(dsn: str, hashed_by: Passwords) -> None:
    """The thief has shown the password and waits for the code; the owner sets another."""

    async def work(here: Process) -> None:
        address = new_address()
        await here.registered(address)
        thief_s = await here.sign_in(address)
        asked = await here.accounts.resetting.begin(address, NOW)
        await here.accounts.resetting.confirm(
            asked.challenge_id, code_of(asked), OTHER_PASSWORD, NOW
        )
        with pytest.raises(PasswordWasReset):
            await here.accounts.signing_in.confirm(
                thief_s.challenge_id, code_of(thief_s), HERE, NOW
            )
        started = [one for one in await here.events() if isinstance(one, SessionStarted)]
        assert len(started) == 1

    run(dsn, hashed_by, work)


def test_nobody_s_password_is_reset_where_there_is_nobody(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        asked = await here.accounts.resetting.begin(address, NOW)
        with pytest.raises(CodeRefused):
            await here.accounts.resetting.confirm(
                asked.challenge_id, code_of(asked), OTHER_PASSWORD, NOW
            )
        assert await here.told() == ["not_registered"]
        # And not for who is only about to be there.
        await here.accounts.registration.begin(address, PASSWORD, NOW)
        asked = await here.accounts.resetting.begin(address, LATER)
        with pytest.raises(CodeRefused):
            await here.accounts.resetting.confirm(
                asked.challenge_id, code_of(asked), OTHER_PASSWORD, LATER
            )

    run(dsn, hashed_by, work)


def test_a_reset_that_was_broken_off_half_way_is_mended_by_the_next(
    dsn: str, hashed_by: Passwords
) -> None:
    """The log has it and the hash is the old one: neither password does, until one is set."""

    async def work(here: Process) -> None:
        address = new_address()
        granted = await here.registered(address)
        for number, now in ((1, NOW), (2, LATER)):
            asked = await here.accounts.resetting.begin(address, now)
            await here.accounts.resetting.confirm(
                asked.challenge_id, code_of(asked), OTHER_PASSWORD, now
            )
            if number == 1:
                await here.sql("UPDATE passwords.password SET credentials = 1")
        found = await here.sign_in(address, LATER, OTHER_PASSWORD, granted.device_token)
        let_in = await here.accounts.signing_in.confirm(
            found.challenge_id, code_of(found), HERE, LATER
        )
        assert isinstance(let_in, Granted)

    run(dsn, hashed_by, work)


def test_a_weak_new_password_leaves_the_code_as_it_is(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        await here.registered(address)
        asked = await here.accounts.resetting.begin(address, NOW)
        confirm = here.accounts.resetting.confirm
        with pytest.raises(PasswordWeak):
            await confirm(asked.challenge_id, code_of(asked), "Пароль2024!", NOW)
        await confirm(asked.challenge_id, code_of(asked), OTHER_PASSWORD, NOW)

    run(dsn, hashed_by, work)


def test_no_address_no_password_no_code_and_no_token_is_in_the_log(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        address = "vanishing-lady@example.org"
        granted = await here.registered(address)
        asked = await here.sign_in(address)
        secrets = [address, "vanishing", PASSWORD, code_of(asked), "203.0.113.7"]
        secrets += [granted.refresh_token, granted.device_token, granted.access_token]
        kept: list[Any] = await here.sql("SELECT originator_id, state FROM stored_events")
        kept += await here.sql("SELECT command_id, answer FROM command_log")
        kept += await here.sql("SELECT session_id, token_hash FROM sessions.session")
        kept += await here.sql("SELECT hash, account_id FROM passwords.password")
        text = " ".join(
            str(bytes(v) if isinstance(v, memoryview) else v) for row in kept for v in row
        )
        assert not [secret for secret in secrets if secret in text]

    run(dsn, hashed_by, work)
