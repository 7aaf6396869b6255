"""An account is taken back by who reads what it had before, whatever a thief has done since."""

from datetime import timedelta
from typing import Any

import pyotp
import pytest

from commands.accounts.codes import Asked
from commands.accounts.contacts import UNDO_FOR
from commands.accounts.refusals import CodeRefused
from commands.accounts.sessions import GrantInvalid
from commands.accounts.taking_back import TakingBack
from commands.accounts.tokens import undo_token
from commands.records.passwords.hashing import Passwords
from commands.streams.account.refusals import (
    ChangeUnknown,
    PasswordWasReset,
)
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
    new_number,
    run,
    wrong,
)
from tests.integration.owners_ground import Owner, owner
from tests.integration.social_ground import Ground, linked
from tests.integration.test_factors import with_authenticator

SECOND = timedelta(seconds=1)


def test_a_number_added_by_a_thief_is_told_and_undone(dsn: str, hashed_by: Passwords) -> None:
    """It takes a code from the mailbox; whoever had that once is undone from there."""

    async def work(here: Process) -> None:
        anna, _ = await owner(here)
        number = new_number()
        asked = await anna.asks(number)
        with pytest.raises(CodeRefused):
            await anna.shows(asked, old_code=wrong(code_of(asked.old)))
        asked = await anna.asks(number, NOW + 2 * MINUTE)
        await anna.shows(asked, NOW + 2 * MINUTE)
        assert (await here.told())[-1] == "contact_changed"
        await anna.undoes(undo_token(KEYS, asked.new.challenge_id), NOW + 3 * MINUTE)
        assert await anna.addresses() == [anna.address]
        later = NOW + 4 * MINUTE
        reset = await here.accounts.resetting.begin(number, later)  # Nobody's any more.
        with pytest.raises(CodeRefused):
            await here.accounts.resetting.confirm(
                reset.challenge_id, code_of(reset), OTHER_PASSWORD, later
            )

    run(dsn, hashed_by, work)


def test_a_thief_s_number_does_not_outlive_his_address(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna, _ = await owner(here)
        token = await anna.changes(new_address())
        asked = await anna.asks(new_number(), NOW + 2 * MINUTE)
        await anna.shows(asked, NOW + 2 * MINUTE)
        assert len(await anna.addresses()) == 2
        await anna.undoes(token, NOW + 3 * MINUTE)
        assert await anna.addresses() == [anna.before]

    run(dsn, hashed_by, work)


def test_an_undo_that_broke_off_is_finished_by_the_same_token(
    dsn: str, hashed_by: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(here: Process) -> None:
        anna, granted = await owner(here)
        token = await anna.changes(new_address())
        begun = await here.accounts.factors.begin_totp(anna.account_id, NOW)
        code = pyotp.TOTP(begun.secret).at(NOW)
        await here.accounts.factors.confirm_totp(anna.account_id, begun.factor_id, code, NOW)

        async def breaks(*_: Any) -> None:
            raise ConnectionError

        with monkeypatch.context() as broken:
            broken.setattr(TakingBack, "_clear", breaks)
            with pytest.raises(ConnectionError):
                await anna.undoes(token)
        # The authenticator's row is still there, and is none: the log has removed it.
        assert not await here.accounts.factors.has(anna.account_id)
        await anna.undoes(token)
        with pytest.raises(GrantInvalid):
            await here.refresh(granted.refresh_token)
        assert await here.sql("SELECT count(*) FROM devices.device") == [(0,)]

    run(dsn, hashed_by, work)


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
        # Again is harmless while it is good: the call before may have broken off.
        await anna.undoes(hers, NOW + 4 * MINUTE)
        with pytest.raises(ChangeUnknown):
            await here.accounts.contacts.undo(hers, NOW + UNDO_FOR)

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


def test_a_factor_of_before_stays_hers(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        mine = Owner(here, anna.account_id, anna.address)
        token = await mine.changes(new_address())
        await mine.undoes(token)
        kinds = {one.kind for one in await here.accounts.passkeys.all_of(anna.account_id)}
        assert kinds == {"totp", "recovery_codes"}

    run(dsn, hashed_by, work)
