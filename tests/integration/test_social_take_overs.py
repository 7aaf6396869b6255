"""What whoever wants somebody else's account tries by way of a provider, and what comes of it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from commands.accounts import social
from commands.accounts.codes import Asked
from commands.accounts.refusals import (
    AddressHasAccount,
    CodeRefused,
    SignInRefused,
)
from commands.accounts.sent_away import Back
from commands.outside.identity.provider import IdentityRefused
from commands.streams.contact.refusals import ContactTaken
from commands.streams.identity.refusals import (
    IdentityTaken,
    IdentityUnknown,
)
from commands.streams.membership.refusals import NoMember
from commands.streams.session.refusals import IdentityIsLoose
from eventstore.events.identity import IdentityLinked
from tests.contract.identity_stand_ins import Elsewhere
from tests.given import NOW
from tests.integration.accounts_ground import (
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
from tests.integration.test_restrictions import blocked as block


def test_an_address_at_a_provider_opens_nobody_s_account(ground: Ground, there: Elsewhere) -> None:
    """Vouched for or not: who has the account links the identity."""
    address = new_address()
    there.has("google", "mallory", address, verified=True)
    there.has("yandex", "mallory", address)

    async def work(here: Process) -> None:
        await here.registered(address)
        with pytest.raises(AddressHasAccount):
            await signed_in(here, "mallory")
        asked = await signed_in(here, "mallory", "yandex")
        assert (await here.told())[-1] == "already_registered"
        with pytest.raises(CodeRefused):
            await here.accounts.social.register(asked.challenge_id, code_of(asked), ON_THIS, NOW)
        assert not [one for one in await here.events() if isinstance(one, IdentityLinked)]

    ground.run(work)


def test_a_victim_registered_before_she_comes_by_google_is_not_lost(
    ground: Ground, there: Elsewhere
) -> None:
    address = new_address()
    there.has("google", "victim", address, verified=True)

    async def work(here: Process) -> None:
        his = await here.accounts.registration.begin(address, OTHER_PASSWORD, NOW)
        hers = await signed_in(here, "victim")
        with pytest.raises(SignInRefused):
            await here.sign_in(address, password=OTHER_PASSWORD, device=hers.device_token)
        with pytest.raises(ContactTaken):
            await here.accounts.registration.confirm(his.challenge_id, code_of(his), NOW)

    ground.run(work)


def test_a_changed_address_at_the_provider_changes_nothing_here(
    ground: Ground, there: Elsewhere
) -> None:
    """Mallory gives his identity Anna's address, and Anna hers another: each stays who they are."""
    annas = new_address()
    there.has("google", "anna", annas, verified=True)
    there.has("google", "mall", new_address(), verified=True)

    async def work(here: Process) -> None:
        anna = await signed_in(here, "anna")
        mallory = await signed_in(here, "mall")
        there.has("google", "mall", annas, verified=True)
        there.has("google", "anna", new_address(), verified=True)
        assert (await signed_in(here, "mall")).account_id == mallory.account_id
        assert (await signed_in(here, "anna")).account_id == anna.account_id

    ground.run(work)


def test_the_same_subject_at_another_provider_is_somebody_else(
    ground: Ground, there: Elsewhere
) -> None:
    there.has("google", "777", new_address(), verified=True)
    there.has("vk", "777", new_address())

    async def work(here: Process) -> None:
        granted = await signed_in(here, "777")
        asked = await signed_in(here, "777", "vk")
        other = await here.accounts.social.register(
            asked.challenge_id, code_of(asked), ON_THIS, NOW
        )
        assert granted.account_id != other.account_id

    ground.run(work)


def test_google_does_not_vouch_for_domains_that_others_run(
    ground: Ground, there: Elsewhere
) -> None:
    """Whose the mailbox was when it was shown to Google may not be whose it is."""
    address = new_address()
    there.has("google", "former", address, verified=True, hosted=False)

    async def work(here: Process) -> None:
        asked = await signed_in(here, "former")
        assert isinstance(asked, Asked)
        assert asked.by == "email"

    ground.run(work)


def test_an_identity_that_is_unlinked_meanwhile_lets_nobody_in(
    ground: Ground, there: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the account is taken back between the look at the identity and the session."""
    there.has("google", "late")

    async def work(here: Process) -> None:
        anna = await here.registered(new_address())
        identity_id = await linked(here, anna.account_id, "late")
        back = await came_back(await began(here), "late")
        looked = social.account_of

        async def slowly(*asked: Any) -> Any:
            monkeypatch.undo()
            await here.accounts.identities.unlink(anna.account_id, identity_id, NOW)
            return await looked(*asked)

        monkeypatch.setattr(social, "account_of", slowly)
        with pytest.raises(IdentityIsLoose):
            await here.accounts.social.sign_in(back, ON_THIS, NOW)

    ground.run(work)


def test_a_swapped_state_or_ceremony_leads_nowhere(ground: Ground, there: Elsewhere) -> None:
    """Mallory has his own code and state land in Anna's browser, or hers in his."""
    there.has("google", "m8", new_address(), verified=True)
    there.has("google", "a8", new_address(), verified=True)

    async def work(here: Process) -> None:
        social = here.accounts.social
        annas, his = await began(here), await began(here)
        brought = await came_back(his, "m8")
        for swapped in (
            Back(ceremony_id=annas.ceremony_id, state=brought.state, code=brought.code),
            Back(ceremony_id=his.ceremony_id, state="", code=brought.code),
            Back(ceremony_id="~unknown", state=brought.state, code=brought.code),
        ):
            with pytest.raises(IdentityRefused):
                await social.sign_in(swapped, ON_THIS, NOW)
        # Her code in his ceremony: it was given for another verifier.
        hers = await came_back(annas, "a8")
        stolen = Back(ceremony_id=his.ceremony_id, state=brought.state, code=hers.code)
        with pytest.raises(IdentityRefused):
            await social.sign_in(stolen, ON_THIS, NOW)

    ground.run(work)


def test_a_ceremony_is_good_for_once_and_for_ten_minutes(ground: Ground, there: Elsewhere) -> None:
    there.has("google", "g9", new_address(), verified=True)

    async def work(here: Process) -> None:
        back = await came_back(await began(here), "g9")
        await here.accounts.social.sign_in(back, ON_THIS, NOW)
        late = await came_back(await began(here), "g9")
        for one, now in ((back, NOW), (late, NOW + timedelta(minutes=10))):
            with pytest.raises(IdentityRefused):
                await here.accounts.social.sign_in(one, ON_THIS, now)

    ground.run(work)


def test_what_was_begun_to_sign_in_links_nothing_and_the_other_way_round(
    ground: Ground, there: Elsewhere
) -> None:
    """Nor does what one account has begun link to another."""
    there.has("google", "g10", new_address(), verified=True)

    async def work(here: Process) -> None:
        anna = await here.registered(new_address())
        mallory = await here.registered(new_address())
        for_sign_in = await came_back(await began(here), "g10")
        his = await came_back(await began(here, account_id=mallory.account_id), "g10")
        link, sign_in = here.accounts.identities.link, here.accounts.social.sign_in
        with pytest.raises(IdentityRefused):
            await link(anna.account_id, for_sign_in, NOW)
        with pytest.raises(IdentityRefused):
            await link(anna.account_id, his, NOW)
        with pytest.raises(IdentityRefused):
            await sign_in(his, ON_THIS, NOW)

    ground.run(work)


def test_an_identity_belongs_to_one_account_whoever_links_it_at_once(
    ground: Ground, there: Elsewhere
) -> None:
    there.has("google", "g11")

    async def work(here: Process, other: Process) -> None:
        one = await here.registered(new_address())
        two = await other.registered(new_address())
        outcomes = await asyncio.gather(
            linked(here, one.account_id, "g11"),
            linked(other, two.account_id, "g11"),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, IdentityTaken) for outcome in outcomes) == 1
        owner = (await signed_in(here, "g11")).account_id
        left = one.account_id if owner == two.account_id else two.account_id
        assert await here.accounts.identities.all_of(left) == []

    ground.run(work, 2)


def test_nobody_unlinks_what_is_another_s(ground: Ground, there: Elsewhere) -> None:
    there.has("google", "g12")

    async def work(here: Process) -> None:
        anna = await here.registered(new_address())
        mallory = await here.registered(new_address())
        identity_id = await linked(here, anna.account_id, "g12")
        with pytest.raises(IdentityUnknown):
            await here.accounts.identities.unlink(mallory.account_id, identity_id, NOW)
        assert (await signed_in(here, "g12")).account_id == anna.account_id

    ground.run(work)


def test_a_blocked_account_is_not_let_in(ground: Ground, there: Elsewhere) -> None:
    there.has("google", "g13")

    async def work(here: Process) -> None:
        anna = await here.registered(new_address())
        await linked(here, anna.account_id, "g13")
        await block(here, anna.account_id)
        with pytest.raises(IdentityRefused):
            await signed_in(here, "g13")

    ground.run(work)


def test_nobody_acts_for_a_seller_who_is_not_of_it(ground: Ground, there: Elsewhere) -> None:
    there.has("google", "g14", new_address(), verified=True)
    there.has("google", "new14", new_address(), verified=True)

    async def work(here: Process) -> None:
        await signed_in(here, "g14")
        for subject, refusal in (("g14", NoMember), ("new14", IdentityRefused)):
            begun = await began(here, surface="seller", seller_id="s1")
            back = await came_back(begun, subject)
            with pytest.raises(refusal):
                await here.accounts.social.sign_in(back, ON_THIS, NOW)

    ground.run(work)
