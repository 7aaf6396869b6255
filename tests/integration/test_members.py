"""People of a seller: invited to an address, and out within a second."""

from datetime import timedelta
from typing import Any

import pytest

from commands.accounts.asking import Asking
from commands.accounts.refusals import InvitationRefused
from commands.accounts.sessions import Granted, GrantInvalid
from commands.command import Actor
from commands.records.passwords.hashing import Passwords
from commands.refusals import NotYours
from commands.streams.membership.messages import AddMember, RemoveMember
from commands.streams.membership.refusals import NoMember
from commands.streams.seller.messages import RegisterSeller
from eventstore.events.membership import MemberJoined
from tests.given import NOW, OPERATOR, at
from tests.integration.accounts_ground import HERE, PASSWORD, Process, code_of, new_address, run
from tests.integration.test_staff import sent

WEEK = timedelta(days=7)


async def seller(process: Process, seller_id: str = "anna") -> None:
    command = RegisterSeller(seller_id=seller_id, name="Shop", currency="EUR", **at())
    await sent(process, command, f"register-{seller_id}")


async def joined(process: Process, address: str, member: Any, seller_id: str = "anna") -> Any:
    granted = await process.registered(address)
    members = process.accounts.members
    invitation = await members.invite(seller_id, address.upper(), member, NOW, by=OPERATOR)
    await members.accept(granted.account_id, invitation, NOW)
    return granted


async def sign_in(process: Process, address: str, device: str, seller_id: str = "anna") -> Any:
    asking = Asking(
        address=address,
        password=PASSWORD,
        device_token=device,
        surface="seller",
        seller_id=seller_id,
    )
    return await process.accounts.signing_in.begin(asking, HERE, NOW)


def acts(granted: Granted) -> str:
    return granted.access_token.split("|")[2]


def test_who_was_invited_acts_for_the_seller(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process, there: Process) -> None:
        await seller(here)
        address = new_address()
        wanda = await joined(here, address, "warehouse")
        session = await sign_in(there, address, wanda.device_token)
        assert acts(session) == "seller:seller:anna:warehouse"
        asked = await sign_in(there, address, "")
        session = await here.accounts.signing_in.confirm(
            asked.challenge_id, code_of(asked), HERE, NOW
        )
        again = await here.refresh(session.refresh_token)
        assert acts(again) == "seller:seller:anna:warehouse"
        assert (await here.told())[1] == "seller_invitation"

    run(dsn, hashed_by, work, 2)


def test_an_invitation_is_for_the_address_that_it_was_sent_to(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        await seller(here)
        address, other = new_address(), new_address()
        members = here.accounts.members
        invitation = await members.invite("anna", address, "owner", NOW, by=OPERATOR)
        mallory = await here.registered(other)
        with pytest.raises(InvitationRefused):
            await members.accept(mallory.account_id, invitation, NOW)
        # Registering with her address without reading her mail makes nobody her.
        await here.accounts.registration.begin(address, PASSWORD, NOW)
        with pytest.raises(InvitationRefused):
            await members.accept(mallory.account_id, invitation, NOW)
        wanda = await here.registered(address, NOW + timedelta(minutes=2))
        with pytest.raises(InvitationRefused):
            await members.accept(wanda.account_id, invitation, NOW + WEEK)
        for _ in range(2):  # The answer may have been lost.
            await members.accept(wanda.account_id, invitation, NOW)
        for unknown in ("", "~x", mallory.account_id):
            with pytest.raises(InvitationRefused):
                await members.accept(wanda.account_id, unknown, NOW)
        parts = [one.member for one in await here.events() if isinstance(one, MemberJoined)]
        assert parts == ["owner"]

    run(dsn, hashed_by, work)


def test_nobody_signs_in_for_a_seller_that_is_not_theirs(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        await seller(here)
        await seller(here, "ben")
        address, stranger = new_address(), new_address()
        wanda = await joined(here, address, "warehouse")
        other = await here.registered(stranger)
        with pytest.raises(NoMember):
            await sign_in(here, address, wanda.device_token, "ben")
        with pytest.raises(NoMember):
            await sign_in(here, stranger, other.device_token)

    run(dsn, hashed_by, work)


def test_who_is_let_go_is_out_there_and_nowhere_else(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        await seller(here)
        await seller(here, "ben")
        address = new_address()
        wanda = await joined(here, address, "warehouse")
        members = here.accounts.members
        invitation = await members.invite("ben", address, "owner", NOW, by=OPERATOR)
        await members.accept(wanda.account_id, invitation, NOW)
        for_anna = await sign_in(here, address, wanda.device_token)
        for_ben = await sign_in(here, address, wanda.device_token, "ben")
        sessions = here.accounts.sessions
        open_ones = await sessions.open_of(wanda.account_id, "seller", "anna")
        assert open_ones == (for_anna.session_id,)
        command = RemoveMember(
            seller_id="anna",
            account_id=wanda.account_id,
            sessions=open_ones,
            **at(Actor("operator", "olga")),
        )
        await sent(here, command, "remove")
        await sessions.end_all(wanda.account_id, "member_left", NOW, "seller", "anna")
        with pytest.raises(GrantInvalid):
            await here.refresh(for_anna.refresh_token)
        with pytest.raises(NoMember):
            await sign_in(here, address, wanda.device_token)
        assert isinstance(await here.refresh(for_ben.refresh_token), Granted)
        assert isinstance(await here.refresh(wanda.refresh_token), Granted)

    run(dsn, hashed_by, work)


def test_who_is_owner_no_more_invites_nobody_and_invitations_go_with_them(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        await seller(here)
        await joined(here, new_address(), "owner")
        other = await joined(here, new_address(), "owner")
        address = new_address()
        friend = await here.registered(address)
        members = here.accounts.members
        invitation = await members.invite(
            "anna", address, "owner", NOW, by=Actor("seller", "anna", other.account_id)
        )
        demoted = AddMember(
            seller_id="anna",
            account_id=other.account_id,
            member="warehouse",
            **at(Actor("operator", "olga")),
        )
        await sent(here, demoted, "demote")
        with pytest.raises(NotYours):
            await members.invite(
                "anna", address, "owner", NOW, by=Actor("seller", "anna", other.account_id)
            )
        with pytest.raises(NotYours):
            await members.accept(friend.account_id, invitation, NOW)

    run(dsn, hashed_by, work)


def test_an_invitation_that_gave_nothing_gives_nothing_later(
    dsn: str, hashed_by: Passwords
) -> None:
    """Else whoever was let go would come back by it."""

    async def work(here: Process) -> None:
        await seller(here)
        address = new_address()
        wanda = await joined(here, address, "warehouse")
        members = here.accounts.members
        again = await members.invite("anna", address, "warehouse", NOW, by=OPERATOR)
        await members.accept(wanda.account_id, again, NOW)
        command = RemoveMember(
            seller_id="anna",
            account_id=wanda.account_id,
            sessions=(),
            **at(Actor("operator", "olga")),
        )
        await sent(here, command, "remove")
        with pytest.raises(InvitationRefused):
            await members.accept(wanda.account_id, again, NOW)

    run(dsn, hashed_by, work)
