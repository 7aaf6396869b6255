"""Lost second factors: a wait of three days, that whoever is the owner after all can stop."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from commands.accounts.codes import Asked
from commands.accounts.recovering import WAIT, Waits
from commands.accounts.refusals import CodeRefused
from commands.accounts.tokens import undo_token
from commands.command import Actor
from commands.records.factors import queries as factors
from commands.records.passwords.hashing import Passwords
from commands.streams.account.messages import ApproveRecovery
from commands.streams.account.refusals import (
    RecoveryNotApproved,
    RecoveryNotDue,
    RecoveryUnderWay,
    RecoveryUnknown,
)
from tests.given import NOW, at
from tests.integration.accounts_ground import (
    HERE,
    KEYS,
    MINUTE,
    Process,
    code_of,
    new_number,
    run,
    wrong,
)
from tests.integration.test_factors import Anna, with_authenticator
from tests.integration.test_phones import both
from tests.integration.test_staff import granted, sent

SECOND = timedelta(seconds=1)
DUE = NOW + WAIT


async def codes(anna: Anna, challenge_id: str, now: datetime) -> dict[str, str]:
    found = await anna.process.accounts.recovering.begin(challenge_id, HERE, now)
    return {one.challenge_id: code_of(one) for one in found}


async def waits(anna: Anna, now: datetime = NOW) -> Waits:
    challenge_id = await anna.asked(now)
    shown = await codes(anna, challenge_id, now)
    return await anna.process.accounts.recovering.confirm(challenge_id, shown, HERE, now)


async def finish(anna: Anna, now: datetime) -> str:
    return await anna.process.accounts.recovering.finish(await anna.asked(now), HERE, now)


def test_after_the_wait_a_letter_lets_in_again(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process, there: Process) -> None:
        anna = await with_authenticator(here)
        begun = await waits(anna)
        assert begun.due_at == DUE
        with pytest.raises(RecoveryNotDue):
            await finish(anna, DUE - SECOND)
        assert await finish(anna, DUE) == anna.account_id
        found = await there.sign_in(anna.address, DUE + MINUTE)
        assert found.by == "email"
        let_in = await there.accounts.signing_in.confirm(
            found.challenge_id, code_of(found), HERE, DUE + MINUTE
        )
        assert let_in.account_id == anna.account_id
        assert await there.accounts.passkeys.all_of(anna.account_id) == []
        assert await here.accounts.factors.shown(anna.account_id, anna.codes[0], DUE) is None
        assert {"recovery_code", "recovery_begun", "factor_removed"} <= set(await here.told())

    run(dsn, hashed_by, work, 2)


def test_a_finish_that_broke_off_is_one_all_the_same(
    dsn: str, hashed_by: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are still there, and are no factors: the log has removed them."""

    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        await waits(anna)

        async def breaks(*_: Any) -> None:
            raise ConnectionError

        with monkeypatch.context() as broken:
            broken.setattr(factors, "remove", breaks)
            with pytest.raises(ConnectionError):
                await finish(anna, DUE)
        found = await here.sign_in(anna.address, DUE + MINUTE)
        assert found.by == "email"
        assert await here.accounts.factors.shown(anna.account_id, anna.codes[0], DUE) is None

    run(dsn, hashed_by, work)


def test_it_takes_the_password_and_every_contact(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        mine = here.accounts.contacts
        asked = await mine.begin(anna.account_id, new_number(), HERE, NOW)
        await mine.confirm(anna.account_id, both(asked), HERE, NOW)
        challenge_id, confirm = await anna.asked(), here.accounts.recovering.confirm
        of_all = await codes(anna, challenge_id, NOW + 2 * MINUTE)
        assert len(of_all) == 2
        (one, code), *_ = of_all.items()
        for some in ({one: wrong(code)}, {one: code}, {}):
            with pytest.raises(CodeRefused):
                await confirm(challenge_id, some, HERE, NOW + 2 * MINUTE)
        for unknown in ("~nobody", one):
            with pytest.raises(CodeRefused):
                await here.accounts.recovering.begin(unknown, HERE, NOW + 4 * MINUTE)

    run(dsn, hashed_by, work)


def test_another_s_codes_are_none_of_hers(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna, mallory = await with_authenticator(here), await with_authenticator(here)
        his = await codes(mallory, await mallory.asked(), NOW)
        with pytest.raises(CodeRefused):
            await here.accounts.recovering.confirm(await anna.asked(), his, HERE, NOW)

    run(dsn, hashed_by, work)


@pytest.mark.parametrize("by", ["letter", "session"])
def test_the_owner_stops_it(dsn: str, hashed_by: Passwords, by: str) -> None:
    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        begun, recovering = await waits(anna), here.accounts.recovering
        with pytest.raises(RecoveryUnderWay):
            await waits(anna, NOW + 2 * MINUTE)
        if by == "letter":
            token = undo_token(KEYS, begun.recovery_id)
            with pytest.raises(CodeRefused):
                await recovering.cancel(undo_token(KEYS, "~" + "0" * 36), NOW)
            await recovering.cancel(token, DUE - SECOND)
        else:
            await recovering.cancel_own(anna.account_id, DUE - SECOND)
        with pytest.raises(RecoveryUnknown):
            await finish(anna, DUE)
        with pytest.raises(RecoveryUnknown):
            await recovering.cancel_own(anna.account_id, DUE)
        assert (await here.told())[-1] == "recovery_cancelled"
        assert isinstance(await here.sign_in(anna.address, DUE + MINUTE), Asked)

    run(dsn, hashed_by, work)


def test_of_staff_two_others_must_approve(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        await granted(here, anna, "operator", "g1")
        begun = await waits(anna)

        async def approved(by: str) -> None:
            command: Any = ApproveRecovery(
                account_id=anna.account_id,
                recovery_id=begun.recovery_id,
                **at(Actor("superadmin", by)),
            )
            await sent(here, command, f"approve-{by}")

        await approved("~one")
        with pytest.raises(RecoveryNotApproved):
            await finish(anna, DUE)
        await approved("~two")
        assert await finish(anna, DUE + 2 * MINUTE) == anna.account_id

    run(dsn, hashed_by, work)
