"""An address is changed with a code from both ends, and had back by who reads the old one."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest

from commands.accounts.codes import Asked
from commands.accounts.contacts import UNDO_FOR, Shown
from commands.accounts.refusals import CodeRefused, SignInRefused
from commands.accounts.sessions import GrantInvalid
from commands.accounts.tokens import undo_token
from commands.records.passwords.hashing import Passwords
from commands.streams.account.refusals import (
    ChangeUnknown,
    ContactIsOther,
    PasswordWasReset,
    TooManyChanges,
)
from commands.streams.contact.refusals import ContactTaken
from tests.contract.identity_stand_ins import Elsewhere
from tests.given import NOW
from tests.integration.accounts_ground import (
    HERE,
    KEYS,
    MINUTE,
    OTHER_PASSWORD,
    PASSWORD,
    Process,
    code_of,
    new_address,
    run,
    wrong,
)
from tests.integration.social_ground import Ground, linked
from tests.integration.test_factors import with_authenticator

SECOND = timedelta(seconds=1)


class Owner:
    """Somebody with an address, and what they may change it to."""

    def __init__(self, here: Process, account_id: str, address: str) -> None:
        self.here = here
        self.account_id = account_id
        self.address = address
        self.before = address

    async def asks(self, to: str, now: datetime = NOW) -> Any:
        return await self.here.accounts.contacts.begin(self.account_id, to, HERE, now)

    async def shows(self, asked: Any, now: datetime = NOW, **other: str) -> str:
        codes = {
            "challenge_id": asked.new.challenge_id,
            "code": code_of(asked.new),
            "old_challenge_id": asked.old.challenge_id,
            "old_code": code_of(asked.old),
        }
        shown = Shown(**(codes | other))
        return await self.here.accounts.contacts.confirm(self.account_id, shown, HERE, now)

    async def changes(self, to: str, now: datetime = NOW) -> str:
        """What the letter to the old address says."""
        asked = await self.asks(to, now)
        await self.shows(asked, now)
        self.before, self.address = self.address, to
        return undo_token(KEYS, asked.new.challenge_id)

    async def undoes(self, token: str, now: datetime = NOW) -> None:
        assert await self.here.accounts.contacts.undo(token, now) == self.account_id

    async def addresses(self) -> list[str]:
        return [one.address for one in await self.here.accounts.contacts.all_of(self.account_id)]


async def owner(here: Process) -> tuple[Owner, Any]:
    address = new_address()
    granted = await here.registered(address)
    return Owner(here, granted.account_id, address), granted


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
        with pytest.raises(ContactIsOther):  # As if there were no old one.
            await anna.shows(asked, old_challenge_id="")
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


def test_who_reads_the_old_address_has_the_account_back(ground: Ground, there: Elsewhere) -> None:
    """With a thief's authenticator, identity, device and password gone."""
    there.has("google", "thief")

    async def work(here: Process) -> None:
        anna, granted = await owner(here)
        token = await anna.changes("thief@example.org")
        factors = here.accounts.factors
        begun = await factors.begin_totp(anna.account_id, NOW)
        code = pyotp.TOTP(begun.secret).at(NOW)
        await factors.confirm_totp(anna.account_id, begun.factor_id, code, NOW)
        await linked(here, anna.account_id, "thief")
        await anna.undoes(token, NOW + UNDO_FOR - SECOND)
        assert await anna.addresses() == [anna.before]
        assert await here.accounts.identities.all_of(anna.account_id) == []
        assert await here.accounts.passkeys.all_of(anna.account_id) == []
        with pytest.raises(GrantInvalid):
            await here.refresh(granted.refresh_token)
        later = NOW + UNDO_FOR
        asked = await here.accounts.resetting.begin(anna.before, later)
        await here.accounts.resetting.confirm(
            asked.challenge_id, code_of(asked), OTHER_PASSWORD, later
        )
        found = await here.sign_in(anna.before, later, OTHER_PASSWORD, granted.device_token)
        assert isinstance(found, Asked)
        let_in = await here.accounts.signing_in.confirm(
            found.challenge_id, code_of(found), HERE, later
        )
        assert let_in.account_id == anna.account_id

    ground.run(work)


def test_the_password_of_meanwhile_is_void(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna, _ = await owner(here)
        token = await anna.changes(new_address())
        await anna.undoes(token)
        found = await here.sign_in(anna.before, NOW + MINUTE, PASSWORD)
        with pytest.raises(PasswordWasReset):
            await here.accounts.signing_in.confirm(
                found.challenge_id, code_of(found), HERE, NOW + MINUTE
            )

    run(dsn, hashed_by, work)


def test_a_thief_s_second_change_undoes_nothing(dsn: str, hashed_by: Passwords) -> None:
    """He goes from her address to one of his and on to another: hers still has the last word."""

    async def work(here: Process) -> None:
        anna, _ = await owner(here)
        hers = await anna.changes(new_address())
        his = await anna.changes(new_address(), NOW + 2 * MINUTE)
        await anna.undoes(hers, NOW + 3 * MINUTE)
        with pytest.raises(ChangeUnknown):
            await here.accounts.contacts.undo(his, NOW + 4 * MINUTE)
        with pytest.raises(ChangeUnknown):
            await here.accounts.contacts.undo(hers, NOW + 4 * MINUTE)

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


def test_a_token_of_another_change_or_of_nothing_undoes_nothing(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        anna, granted = await owner(here)
        token = await anna.changes(new_address())
        torn = token[:-1] + ("A" if token[-1] != "A" else "E")
        unknown = undo_token(KEYS, "~00000000-0000-4000-8000-000000000000")
        for text in (torn, unknown, "", str(granted.refresh_token), token.replace("mut", "mit")):
            with pytest.raises(CodeRefused):
                await here.accounts.contacts.undo(text, NOW)

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


def test_a_factor_of_before_stays_hers(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        mine = Owner(here, anna.account_id, anna.address)
        token = await mine.changes(new_address())
        await mine.undoes(token)
        kinds = {one.kind for one in await here.accounts.passkeys.all_of(anna.account_id)}
        assert kinds == {"totp", "recovery_codes"}

    run(dsn, hashed_by, work)
