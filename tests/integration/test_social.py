"""Signing in by identities at providers, and what whoever wants another's account tries there."""

from typing import Any

import pytest

from commands.accounts.codes import Asked
from commands.accounts.refusals import (
    AddressMissing,
    CodeRefused,
    IdentityProviderUnknown,
    RedirectRefused,
    SignInRefused,
)
from commands.accounts.sessions import Granted
from commands.accounts.social import Here
from commands.streams.identity.refusals import (
    IdentityIsLinked,
)
from eventstore.events.account import AccountRegistered
from eventstore.events.session import SessionStarted
from tests.contract.identity_stand_ins import REDIRECT_URI, Elsewhere
from tests.given import NOW
from tests.integration.accounts_ground import (
    HERE,
    OTHER_PASSWORD,
    Process,
    code_of,
    new_address,
)
from tests.integration.social_ground import (
    ON_THIS,
    Ground,
    began,
    came_back,
    linked,
    signed_in,
)
from tests.integration.test_factors import with_authenticator


def test_whom_google_vouches_for_has_an_account_at_once_and_the_same_again(
    ground: Ground, there: Elsewhere
) -> None:
    there.has("google", "g1", "g1@example.org", verified=True)

    async def work(here: Process, other: Process) -> None:
        first = await signed_in(here, "g1")
        assert first.access_token.endswith("|None")  # No factor: that is no step up.
        again = await signed_in(other, "g1")
        assert first.account_id == again.account_id
        known = await signed_in(here, "g1", on=Here(origin=HERE, device=first.device_token))
        assert known.account_id == first.account_id
        events = await here.events()
        assert sum(isinstance(one, AccountRegistered) for one in events) == 1
        methods = [one.method for one in events if isinstance(one, SessionStarted)]
        assert methods == ["social", "social", "social+device"]
        assert await here.told() == ["new_device"]  # Of the second; the first is the account's own.

    ground.run(work, 2)


@pytest.mark.parametrize("provider", ["yandex", "vk"])
def test_an_address_that_nobody_vouches_for_is_shown_by_a_code(
    ground: Ground, there: Elsewhere, provider: str
) -> None:
    there.has(provider, "2002", "u2@example.org", verified=True)

    async def work(here: Process) -> None:
        asked = await signed_in(here, "2002", provider)
        assert isinstance(asked, Asked)
        with pytest.raises(CodeRefused):
            await here.accounts.registration.confirm(asked.challenge_id, code_of(asked), NOW)
        code = code_of(asked)
        granted = await here.accounts.social.register(asked.challenge_id, code, ON_THIS, NOW)
        assert (await signed_in(here, "2002", provider)).account_id == granted.account_id
        with pytest.raises(CodeRefused):
            await here.accounts.social.register(asked.challenge_id, code, ON_THIS, NOW)

    ground.run(work)


def test_who_came_by_a_provider_can_have_a_password(ground: Ground, there: Elsewhere) -> None:
    there.has("google", "g3", "g3@example.org", verified=True)

    async def work(here: Process) -> None:
        granted = await signed_in(here, "g3")
        with pytest.raises(SignInRefused):
            await here.sign_in("g3@example.org", password="")
        asked = await here.accounts.resetting.begin("g3@example.org", NOW)
        await here.accounts.resetting.confirm(
            asked.challenge_id, code_of(asked), OTHER_PASSWORD, NOW
        )
        found = await here.sign_in("g3@example.org", password=OTHER_PASSWORD)
        let_in = await here.accounts.signing_in.confirm(
            found.challenge_id, code_of(found), HERE, NOW
        )
        assert let_in.account_id == granted.account_id

    ground.run(work)


def test_an_identity_that_is_linked_signs_in_and_one_that_is_unlinked_does_not(
    ground: Ground, there: Elsewhere
) -> None:
    there.has("google", "g4", "elsewhere4@example.org", verified=True)

    async def work(here: Process) -> None:
        anna = await here.registered(new_address())
        identity_id = await linked(here, anna.account_id, "g4")
        assert (await signed_in(here, "g4")).account_id == anna.account_id
        with pytest.raises(IdentityIsLinked):
            await linked(here, anna.account_id, "g4")
        await here.accounts.identities.unlink(anna.account_id, identity_id, NOW)
        assert await here.accounts.identities.all_of(anna.account_id) == []
        assert (await signed_in(here, "g4")).account_id != anna.account_id
        told = await here.told()
        assert "identity_linked" in told
        assert "identity_unlinked" in told

    ground.run(work)


def test_an_account_s_own_factor_is_due_on_a_new_device(ground: Ground, there: Elsewhere) -> None:
    there.has("google", "g5")

    async def work(here: Process) -> None:
        anna = await with_authenticator(here)
        await linked(here, anna.account_id, "g5")
        asked = await signed_in(here, "g5")
        assert asked.by == "factor"
        granted = await anna.shows(asked.challenge_id, anna.code(NOW))
        assert granted.account_id == anna.account_id
        started = [one for one in await here.events() if isinstance(one, SessionStarted)]
        assert started[-1].method == "social+totp"

    ground.run(work)


def test_what_is_not_set_or_not_told_is_said(ground: Ground, there: Elsewhere) -> None:
    there.has("google", "g15")

    async def work(here: Process) -> None:
        begin = here.accounts.ceremonies.begin
        with pytest.raises(IdentityProviderUnknown):
            await begin("myspace", REDIRECT_URI, NOW)
        for uri in ("https://evil.example/", f"{REDIRECT_URI}/", f"{REDIRECT_URI}?x=1", ""):
            with pytest.raises(RedirectRefused):
                await begin("google", uri, NOW)
        with pytest.raises(AddressMissing):
            await signed_in(here, "g15")

    ground.run(work)


def test_no_subject_no_code_and_no_state_is_in_the_log(ground: Ground, there: Elsewhere) -> None:
    there.has("google", "subject-16", "vanishing16@example.org", verified=True)

    async def work(here: Process) -> None:
        back = await came_back(await began(here), "subject-16")
        granted = await here.accounts.social.sign_in(back, ON_THIS, NOW)
        assert isinstance(granted, Granted)
        kept: list[Any] = await here.sql("SELECT originator_id, state FROM stored_events")
        kept += await here.sql("SELECT command_id, answer FROM command_log")
        text = " ".join(
            str(bytes(v) if isinstance(v, memoryview) else v) for row in kept for v in row
        )
        for secret in ("subject-16", "vanishing16", back.state, back.code):
            assert secret not in text

    ground.run(work)
