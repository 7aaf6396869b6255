"""An address is changed with a code from both ends, and is nobody else's for a week."""

import asyncio
from datetime import timedelta

import pytest

from commands.accounts.codes import Asked
from commands.accounts.contacts import UNDO_FOR
from commands.accounts.refusals import CodeRefused, SignInRefused
from commands.records.contacts import queries as contacts
from commands.records.passwords.hashing import Passwords
from commands.streams.account.refusals import (
    ChangeUnknown,
    ContactIsOther,
    TooManyChanges,
)
from commands.streams.contact.refusals import ContactTaken
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
    wrong,
)
from tests.integration.owners_ground import owner

SECOND = timedelta(seconds=1)


def test_an_address_is_changed_with_a_code_from_both_ends(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process, there: Process) -> None:
        anna, granted = await owner(here)
        await anna.changes(new_address())
        assert await anna.addresses() == [anna.address]
        known = await there.sign_in(anna.address, device=granted.device_token)
        assert known.account_id == anna.account_id
        with pytest.raises(SignInRefused):
            await there.sign_in(anna.before, device=granted.device_token)
        assert (await here.told())[1:] == [
            "contact_new_code",
            "contact_old_code",
            "contact_changed",
        ]

    run(dsn, hashed_by, work, 2)


def test_one_end_alone_changes_nothing(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna, _ = await owner(here)
        mallory, _ = await owner(here)
        asked = await anna.asks(new_address())
        his = await mallory.asks(new_address())
        for other in (
            {"old_code": wrong(code_of(asked.old))},
            {"old_challenge_id": asked.new.challenge_id, "old_code": code_of(asked.new)},
            {"old_challenge_id": his.old.challenge_id, "old_code": code_of(his.old)},
        ):
            with pytest.raises(CodeRefused):
                await anna.shows(asked, **other)
        with pytest.raises(CodeRefused):  # As if there were no old one.
            await anna.shows(asked, old_challenge_id="", old_code="")
        assert await anna.addresses() == [anna.address]

    run(dsn, hashed_by, work)


def test_nobody_takes_another_s_address_and_nobody_learns_whose_it_is(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        anna, _ = await owner(here)
        mallory, _ = await owner(here)
        asked = await mallory.asks(anna.address)
        assert isinstance(asked.new, Asked)
        assert "already_registered" in await here.told()
        with pytest.raises(CodeRefused):
            await mallory.shows(asked)
        assert await anna.addresses() == [anna.address]

    run(dsn, hashed_by, work)


def test_two_who_want_one_address_at_once_are_told_apart(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process, there: Process) -> None:
        one, _ = await owner(here)
        two, _ = await owner(there)
        to = new_address()
        asked = await one.asks(to), await two.asks(to, NOW + MINUTE)
        outcomes = await asyncio.gather(
            one.shows(asked[0], NOW + MINUTE),
            two.shows(asked[1], NOW + MINUTE),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, ContactTaken) for outcome in outcomes) == 1

    run(dsn, hashed_by, work, 2)


def test_a_code_to_an_address_of_before_is_none(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna, _ = await owner(here)
        reset = await here.accounts.resetting.begin(anna.address, NOW)
        sign_in = await here.sign_in(anna.address, NOW)
        await anna.changes(new_address())
        with pytest.raises(ContactIsOther):
            await here.accounts.resetting.confirm(
                reset.challenge_id, code_of(reset), OTHER_PASSWORD, NOW
            )
        with pytest.raises(CodeRefused):
            await here.accounts.signing_in.confirm(
                sign_in.challenge_id, code_of(sign_in), HERE, NOW
            )

    run(dsn, hashed_by, work)


def test_an_address_that_was_only_typed_is_forgotten(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna, _ = await owner(here)
        await anna.asks("somebody-else@example.org")
        await anna.changes(new_address(), NOW + 2 * MINUTE)
        async with here.pool.connection() as connection:
            await contacts.expire(connection, NOW + timedelta(days=2))
        kept = await here.sql("SELECT address FROM contacts.contact ORDER BY address")
        assert sorted(kept) == sorted([(anna.before,), (anna.address,)])

    run(dsn, hashed_by, work)


def test_the_old_address_is_nobody_s_for_a_week_and_anybody_s_then(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        anna, _ = await owner(here)
        token = await anna.changes(new_address())
        asked = await here.accounts.registration.begin(anna.before, PASSWORD, NOW + MINUTE)
        with pytest.raises(CodeRefused):
            await here.accounts.registration.confirm(
                asked.challenge_id, code_of(asked), NOW + MINUTE
            )
        then = NOW + UNDO_FOR
        with pytest.raises(ChangeUnknown):
            await here.accounts.contacts.undo(token, then)
        new = await here.registered(anna.before, then)
        assert new.account_id != anna.account_id

    run(dsn, hashed_by, work)


def test_an_address_is_changed_five_times_a_week_at_most(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna, _ = await owner(here)
        for number in range(5):
            await anna.changes(new_address(), NOW + 2 * number * MINUTE)
        with pytest.raises(TooManyChanges):
            await anna.changes(new_address(), NOW + 20 * MINUTE)
        await anna.changes(new_address(), NOW + UNDO_FOR + MINUTE)

    run(dsn, hashed_by, work)
