"""API keys: for what their owners hold and no more, and out within a second."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from commands.accounts.api_keys import Issued, Wanted
from commands.accounts.refusals import PermissionNotHeld, TooManyKeys
from commands.command import Actor
from commands.records.api_keys import queries
from commands.records.passwords.hashing import Passwords
from commands.streams.api_key.refusals import ApiKeyIsReplaced, ApiKeyUnknown
from commands.streams.membership.messages import AddMember, RemoveMember
from commands.streams.membership.refusals import NoMember
from deploy.accounts import grantable
from deploy.http.api_keys import KEPT_FOR, ApiKeys
from deploy.http.tokens import TokenInvalid
from eventstore.events.session import SessionEnded
from eventstore.identity import Identity, permission
from tests.given import NOW, at
from tests.integration.accounts_ground import (
    KEYS,
    OTHER_PASSWORD,
    Process,
    code_of,
    new_address,
    run,
)
from tests.integration.test_members import joined, seller
from tests.integration.test_restrictions import blocked
from tests.integration.test_revocations import following, seconds_until_refused
from tests.integration.test_staff import sent

SECOND = timedelta(seconds=1)
READ = permission("orders:read", "seller", "operator")


class Owner:
    """One of a seller's people, and their keys."""

    def __init__(self, here: Process, granted: Any, address: str) -> None:
        self.here = here
        self.account_id = granted.account_id
        self.address = address
        self.by = Actor("seller", "anna", granted.account_id)

    async def issues(self, *permissions: str, days: int = 90) -> Issued:
        wanted = Wanted(
            name="robot",
            permissions=permissions or ("orders:read",),
            lifetime=timedelta(days=days),
            address="203.0.113.7",
        )
        return await self.here.accounts.api_keys.issue(self.by, wanted, NOW)

    async def rotates(self, key_id: str, hours: int, now: datetime = NOW) -> Issued:
        overlap = timedelta(hours=hours)
        return await self.here.accounts.api_keys.rotate(
            self.by, key_id, overlap, "203.0.113.7", now
        )


async def person(here: Process, member: str = "owner") -> Owner:
    address = new_address()
    return Owner(here, await joined(here, address, member), address)


async def shown(here: Process, text: str, now: datetime = NOW) -> Identity:
    """By a process that has not seen it before."""
    return await ApiKeys(KEYS, here.pool).identity(f"Bearer {text}", now)


async def is_out(here: Process, text: str, now: datetime = NOW) -> bool:
    try:
        await shown(here, text, now)
    except TokenInvalid:
        return True
    return False


def test_a_key_speaks_for_the_seller_within_what_it_was_given(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process, there: Process) -> None:
        await seller(here)
        anna = await person(here)
        key = await anna.issues("orders:read", "listings:offer")
        found = await shown(there, key.text)
        assert (found.role, found.subject, found.account) == ("seller", "anna", anna.account_id)
        assert found.may(READ)
        assert not found.may(permission("orders:ship", "seller"))
        (seen,) = await there.accounts.api_keys.all_of("anna", NOW)
        assert (seen.hint, seen.last_used_at) == (key.text[-4:], NOW)
        assert "api_key_issued" in await here.told()
        kept: list[Any] = await here.sql("SELECT state FROM stored_events")
        kept += await here.sql("SELECT key_hash FROM api_keys.api_key")
        assert key.text not in " ".join(str(bytes(row[0])) for row in kept)

    run(dsn, hashed_by, work, 2)


def test_nobody_gives_what_they_do_not_hold(dsn: str, hashed_by: Passwords) -> None:
    """Nor what is somebody's own, or asks for a second factor, or is no permission."""

    async def work(here: Process) -> None:
        await seller(here)
        owner, manager = await person(here), await person(here, "manager")
        await owner.issues("payouts:read")
        for name in ("payouts:read", "members:change"):
            with pytest.raises(PermissionNotHeld):
                await manager.issues("orders:read", name)
        for name in ("sessions:read:own", "api-keys:change", "roles:grant", "orders:fly"):
            with pytest.raises(PermissionNotHeld):
                await owner.issues(name)
        stranger = Owner(here, await here.registered(new_address()), "")
        with pytest.raises(NoMember):
            await stranger.issues()

    run(dsn, hashed_by, work)


def test_a_key_that_is_rotated_is_good_for_the_overlap(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        await seller(here)
        anna = await person(here)
        first = await anna.issues()
        second = await anna.rotates(first.key_id, 24)
        assert second.permissions == first.permissions
        day = timedelta(days=1)
        assert not await is_out(here, first.text, NOW + day - SECOND)
        assert await is_out(here, first.text, NOW + day)
        assert not await is_out(here, second.text, NOW + day)
        with pytest.raises(ApiKeyIsReplaced):
            await anna.rotates(first.key_id, 1)
        third = await anna.rotates(second.key_id, 0)
        assert await is_out(here, second.text)
        assert not await is_out(here, third.text)
        assert await is_out(here, third.text, NOW + timedelta(days=90))

    run(dsn, hashed_by, work)


def test_a_revoked_key_is_refused_within_a_second_by_who_has_just_seen_it(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        await seller(here)
        anna, boris = await person(here), await person(here, "manager")
        key = await anna.issues()
        remembering = ApiKeys(KEYS, here.pool)
        await remembering.identity(f"Bearer {key.text}", NOW)
        async with following(dsn) as followed:
            position = await here.accounts.api_keys.revoke(boris.by, key.key_id, NOW)
            assert await seconds_until_refused(followed, key.key_id) <= 1.0
        assert await is_out(here, key.text)
        with pytest.raises(TokenInvalid):
            await remembering.identity(f"Bearer {key.text}", NOW + KEPT_FOR)
        assert await here.accounts.api_keys.revoke(boris.by, key.key_id, NOW) == position
        rows = await here.sql(
            "SELECT convert_from(state, 'UTF8')::json ->> 'account' FROM stored_events"
            " WHERE originator_id = %s AND topic = 'session.ended.v1'",
            f"session-{key.key_id}",
        )
        assert rows == [(boris.account_id,)]

    run(dsn, hashed_by, work)


def test_nobody_revokes_or_rotates_another_seller_s(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        await seller(here)
        await seller(here, "olga")
        anna = await person(here)
        key = await anna.issues()
        thief = await here.registered(new_address())
        his = Actor("seller", "olga", thief.account_id)
        keys = here.accounts.api_keys
        with pytest.raises(ApiKeyUnknown):
            await keys.revoke(his, key.key_id, NOW)
        with pytest.raises(ApiKeyUnknown):
            await keys.rotate(his, key.key_id, timedelta(0), "", NOW)
        assert not await is_out(here, key.text)

    run(dsn, hashed_by, work)


@pytest.mark.parametrize("why", ["left", "blocked", "taken back"])
def test_a_key_ends_with_its_owner(dsn: str, hashed_by: Passwords, why: str) -> None:
    async def work(here: Process) -> None:
        await seller(here)
        await person(here)
        anna = await person(here, "manager")
        key = await anna.issues()
        sessions = here.accounts.sessions
        if why == "left":
            open_ones = await sessions.open_of(anna.account_id, "seller", "anna")
            command = RemoveMember(
                seller_id="anna", account_id=anna.account_id, sessions=open_ones, **at()
            )
            await sent(here, command, "remove")
        elif why == "blocked":
            await blocked(here, anna.account_id)
        else:
            await sessions.end_all(anna.account_id, "contact_restored", NOW)
        assert await is_out(here, key.text)
        ended = [one for one in await here.events() if isinstance(one, SessionEnded)]
        assert key.key_id in {one.session_id for one in ended}

    run(dsn, hashed_by, work)


def test_a_rotation_that_broke_off_ends_the_key_all_the_same(
    dsn: str, hashed_by: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work(here: Process) -> None:
        await seller(here)
        anna = await person(here)
        key = await anna.issues()

        async def breaks(*_: Any) -> None:
            raise ConnectionError

        monkeypatch.setattr(queries, "shorten", breaks)
        with pytest.raises(ConnectionError):
            await anna.rotates(key.key_id, 1)
        assert not await is_out(here, key.text, NOW + timedelta(minutes=59))
        assert await is_out(here, key.text, NOW + timedelta(hours=1))

    run(dsn, hashed_by, work)


def test_another_part_ends_the_keys_of_the_one_before(dsn: str, hashed_by: Passwords) -> None:
    """In the same append: whoever dies after that leaves nothing."""

    async def work(here: Process) -> None:
        await seller(here)
        await person(here)
        anna = await person(here, "manager")
        key = await anna.issues("listings:offer")
        open_ones = await here.accounts.sessions.open_of(anna.account_id, "seller", "anna")
        command = AddMember(
            seller_id="anna",
            account_id=anna.account_id,
            member="warehouse",
            sessions=open_ones,
            **at(),
        )
        await sent(here, command, "demote")
        assert await is_out(here, key.text)

    run(dsn, hashed_by, work)


def test_a_forgotten_password_stops_no_program(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        await seller(here)
        anna = await person(here)
        key = await anna.issues()
        asked = await here.accounts.resetting.begin(anna.address, NOW)
        await here.accounts.resetting.confirm(
            asked.challenge_id, code_of(asked), OTHER_PASSWORD, NOW
        )
        await here.accounts.sessions.end_others(anna.account_id, "", NOW)
        assert not await is_out(here, key.text)

    run(dsn, hashed_by, work)


def test_a_row_without_its_event_is_no_key(dsn: str, hashed_by: Passwords) -> None:
    """As it is left by an issue that the log did not take."""

    async def work(here: Process) -> None:
        await seller(here)
        anna = await person(here)
        key = await anna.issues()
        await here.sql("UPDATE api_keys.api_key SET key_id = '~other' RETURNING 1")
        assert await is_out(here, key.text)
        assert await here.accounts.api_keys.all_of("anna", NOW) == []

    run(dsn, hashed_by, work)


def test_there_is_an_end_to_how_many(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        await seller(here)
        anna = await person(here)
        await asyncio.gather(*(anna.issues() for _ in range(50)))
        with pytest.raises(TooManyKeys):
            await anna.issues()

    run(dsn, hashed_by, work)


def test_a_key_may_have_what_both_apis_ask_of_sellers() -> None:
    names = set(grantable())
    assert {"orders:read", "listings:offer", "listings:read", "payouts:read"} <= names
    assert not {one for one in names if one.endswith(":own")}
    assert not names & {"members:change", "api-keys:change", "api-keys:read"}
