"""Passkeys: two factors in one, for the page and the account that they were made for."""

from collections.abc import Callable
from typing import Any

import pytest

from commands.accounts.passkeys import Wanted
from commands.accounts.refusals import CodeRefused, FactorIsDue, PasskeyRefused
from commands.accounts.sessions import Granted
from commands.records.passwords.hashing import Passwords
from commands.streams.account.refusals import NoStaff
from eventstore.events.account import FactorAdded
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
)
from tests.integration.authenticator import PRESENT, Authenticator
from tests.integration.passkey_holder import Holder, holder
from tests.integration.test_restrictions import blocked as block


def test_a_passkey_signs_in_without_a_name_or_a_password(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna = await holder(here)
        granted = await anna.sign_in()
        assert granted.account_id == anna.account_id
        assert granted.access_token.endswith(f"|{NOW}")  # It is a second factor as well.
        assert granted.device_token is not None
        events = await here.events()
        (started,) = [one for one in events if isinstance(one, SessionStarted)][1:]
        assert started.method == "passkey"
        kinds = [one.kind for one in events if isinstance(one, FactorAdded)]
        assert kinds == ["passkey", "recovery_codes"]
        assert len(anna.recovery_codes) == 10
        seen = await anna.passkeys.all_of(anna.account_id)
        assert {(one.kind, one.name, one.used_at) for one in seen} == {
            ("passkey", "phone", NOW),
            ("recovery_codes", "", None),
        }

    run(dsn, hashed_by, work)


def test_an_account_may_have_several_and_lose_one(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna = await holder(here)
        second = Holder(here, anna, Authenticator())
        asked = await second.passkeys.begin_adding(anna.account_id, NOW)
        known = [one["id"] for one in asked.options["excludeCredentials"]]
        assert known == [anna.key.create(asked.options)["id"]]
        await second.add()
        assert second.recovery_codes == []
        await here.accounts.factors.remove(anna.account_id, anna.factor_id, NOW)
        with pytest.raises(PasskeyRefused):
            await anna.sign_in()
        assert (await second.sign_in()).account_id == anna.account_id

    run(dsn, hashed_by, work)


def _other_origin(key: Authenticator) -> None:
    key.origin = "https://shop.example.evil.example"


def _other_domain(key: Authenticator) -> None:
    key.domain = "evil.example"


def _unverified(key: Authenticator) -> None:
    key.flags = PRESENT


def _other_key(key: Authenticator) -> None:
    key.key = Authenticator().key


def _other_account(key: Authenticator) -> None:
    key.user = b"~somebody-else"


def _other_credential(key: Authenticator) -> None:
    key.id = Authenticator().id


@pytest.mark.parametrize(
    "wrong",
    [_other_origin, _other_domain, _unverified, _other_key, _other_account, _other_credential],
)
def test_what_is_wrong_in_any_way_lets_nobody_in(
    dsn: str, hashed_by: Passwords, wrong: Callable[[Authenticator], None]
) -> None:
    async def work(here: Process) -> None:
        anna = await holder(here)
        wrong(anna.key)
        with pytest.raises(PasskeyRefused):
            await anna.sign_in()

    run(dsn, hashed_by, work)


@pytest.mark.parametrize("wrong", [_other_origin, _other_domain, _unverified])
def test_nor_is_it_added(
    dsn: str, hashed_by: Passwords, wrong: Callable[[Authenticator], None]
) -> None:
    async def work(here: Process) -> None:
        anna = Holder(here, await here.registered(new_address()), Authenticator())
        wrong(anna.key)
        with pytest.raises(PasskeyRefused):
            await anna.add()
        assert await anna.passkeys.all_of(anna.account_id) == []

    run(dsn, hashed_by, work)


def test_an_answer_is_good_once_for_its_own_question_and_for_five_minutes(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        anna = await holder(here)
        sign_in, begin = anna.passkeys.sign_in, anna.passkeys.begin
        first, second = await begin(Wanted(), NOW), await begin(Wanted(), NOW)
        answer = anna.key.get(first.options)
        with pytest.raises(PasskeyRefused):
            await sign_in(second.challenge_id, answer, HERE, NOW)
        assert isinstance(await sign_in(first.challenge_id, answer, HERE, NOW), Granted)
        with pytest.raises(PasskeyRefused):
            await sign_in(first.challenge_id, answer, HERE, NOW)
        late = await begin(Wanted(), NOW)
        with pytest.raises(PasskeyRefused):
            await sign_in(late.challenge_id, anna.key.get(late.options), HERE, NOW + 5 * MINUTE)
        # Nor is a question of one kind one of another.
        adding = await anna.passkeys.begin_adding(anna.account_id, NOW)
        with pytest.raises(PasskeyRefused):
            await sign_in(adding.challenge_id, anna.key.get(adding.options), HERE, NOW)

    run(dsn, hashed_by, work)


def test_a_counter_that_goes_back_is_a_copy(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna = await holder(here)
        anna.key.count = 7
        await anna.sign_in()
        with pytest.raises(PasskeyRefused):
            await anna.sign_in()
        anna.key.count = 8
        assert isinstance(await anna.sign_in(), Granted)

    run(dsn, hashed_by, work)


def test_a_credential_is_one_account_s(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna = await holder(here)
        mallory = Holder(here, await here.registered(new_address()), anna.key)
        with pytest.raises(PasskeyRefused):
            await mallory.add()
        assert await mallory.passkeys.all_of(mallory.account_id) == []
        asked = await anna.passkeys.begin_adding(anna.account_id, NOW)
        with pytest.raises(PasskeyRefused):
            await mallory.passkeys.confirm_adding(
                mallory.account_id,
                asked.challenge_id,
                Authenticator().create(asked.options),
                "hers",
                NOW,
            )

    run(dsn, hashed_by, work)


def test_a_password_on_a_new_device_is_not_enough_for_who_has_one(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        anna = await holder(here, address)
        asked: Any = await here.sign_in(address, NOW + MINUTE)
        assert asked.by == "factor"
        with pytest.raises(CodeRefused):
            await here.accounts.signing_in.confirm(asked.challenge_id, code_of(asked), HERE, NOW)
        with pytest.raises(FactorIsDue):
            await here.accounts.stepping_up.begin(anna.account_id, NOW)
        granted = await here.accounts.signing_in.confirm_factor(
            asked.challenge_id, anna.recovery_codes[0], HERE, NOW + MINUTE
        )
        assert isinstance(granted, Granted)

    run(dsn, hashed_by, work)


def test_a_passkey_steps_up_the_session_of_its_account(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna, mallory = await holder(here), await holder(here)
        later = NOW + 10 * MINUTE

        async def step_up(who: Holder, key: Authenticator) -> str:
            asked = await who.passkeys.begin_step_up(who.account_id, later)
            return await who.passkeys.step_up(
                who.account_id,
                who.session_id,
                asked.challenge_id,
                key.get(asked.options),
                HERE,
                later,
            )

        assert (await step_up(anna, anna.key)).endswith(f"|{later}")
        with pytest.raises(PasskeyRefused):
            await step_up(mallory, anna.key)
        nobody = await here.registered(new_address())
        with pytest.raises(PasskeyRefused):
            await anna.passkeys.begin_step_up(nobody.account_id, later)

    run(dsn, hashed_by, work)


def test_who_is_blocked_or_not_of_staff_is_not_let_in(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        anna = await holder(here)
        with pytest.raises(NoStaff):
            await anna.sign_in(surface="staff")
        await block(here, anna.account_id)
        with pytest.raises(PasskeyRefused):
            await anna.sign_in()

    run(dsn, hashed_by, work)


def test_a_passkey_outlives_a_password_that_was_reset(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        anna = await holder(here, address)
        now = NOW + 2 * MINUTE
        asked = await here.accounts.resetting.begin(address, now)
        await here.accounts.resetting.confirm(
            asked.challenge_id, code_of(asked), OTHER_PASSWORD, now
        )
        assert (await anna.sign_in(now)).account_id == anna.account_id

    run(dsn, hashed_by, work)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"rawId": "!", "response": {}},
        {"id": "AQ", "rawId": "Ag", "type": "public-key", "response": {}},
        {"id": "AQ", "rawId": "AQ", "type": "public-key", "response": {"clientDataJSON": "AQ"}},
    ],
)
def test_what_is_no_credential_is_refused(
    dsn: str, hashed_by: Passwords, broken: dict[str, Any]
) -> None:
    async def work(here: Process) -> None:
        anna = await holder(here)
        asked = await anna.passkeys.begin(Wanted(), NOW)
        with pytest.raises(PasskeyRefused):
            await anna.passkeys.sign_in(asked.challenge_id, broken, HERE, NOW)
        adding = await anna.passkeys.begin_adding(anna.account_id, NOW)
        with pytest.raises(PasskeyRefused):
            await anna.passkeys.confirm_adding(
                anna.account_id, adding.challenge_id, broken, "x", NOW
            )

    run(dsn, hashed_by, work)
