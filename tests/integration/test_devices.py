"""Devices: trusted ones sign in by themselves, their owner sees them and lets them go."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from commands.accounts.asking import ByDevice
from commands.accounts.gate import Attempt, Origin
from commands.accounts.refusals import DeviceUnknown, SignInRefused
from commands.accounts.sessions import Granted, GrantInvalid
from commands.records.passwords.hashing import Passwords
from commands.streams.membership.refusals import NoMember
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
from tests.integration.test_restrictions import blocked as block

DAY = timedelta(days=1)
FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:131.0) Gecko/131.0 Firefox/131.0"


async def on_new_device(
    here: Process, address: str, now: Any, *, trust: bool, agent: str = FIREFOX
) -> Granted:
    asked = await here.sign_in(address, now)
    origin = Origin(address="203.0.113.7", agent=agent)
    return await here.accounts.signing_in.confirm(
        asked.challenge_id, code_of(asked), origin, now, trust=trust
    )


async def by_device(here: Process, token: str | None, now: Any = NOW, **more: Any) -> Granted:
    asking = ByDevice(device_token=token or "", **more)
    return await here.accounts.signing_in.by_device(asking, HERE, now)


def test_a_trusted_device_signs_in_by_itself_for_thirty_days(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        await here.registered(address)
        trusted = await on_new_device(here, address, NOW + MINUTE, trust=True)
        again = await by_device(here, trusted.device_token, NOW + 29 * DAY)
        assert again.account_id == trusted.account_id
        # What costs asks for a second factor all the same.
        assert again.access_token.endswith("|None")
        with pytest.raises(SignInRefused):
            await by_device(here, trusted.device_token, NOW + 30 * DAY + 2 * MINUTE)

    run(dsn, hashed_by, work)


def test_one_that_is_only_known_does_not(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        granted = await here.registered(address)
        known = await on_new_device(here, address, NOW + MINUTE, trust=False)
        for token in (granted.device_token, known.device_token, known.refresh_token, "", "mdt_x"):
            with pytest.raises(SignInRefused):
                await by_device(here, token)
        assert isinstance(await here.sign_in(address, device=known.device_token or ""), Granted)

    run(dsn, hashed_by, work)


def test_a_session_on_a_trusted_device_may_lie_unused_for_longer(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        await here.registered(address)
        known = await on_new_device(here, address, NOW + MINUTE, trust=False)
        trusted = await on_new_device(here, address, NOW + 3 * MINUTE, trust=True)
        at_once = await here.sign_in(address, NOW + 3 * MINUTE, device=trusted.device_token or "")
        later = NOW + 29 * DAY
        with pytest.raises(GrantInvalid):
            await here.refresh(known.refresh_token, later)
        for session in (trusted, at_once):
            assert isinstance(await here.refresh(session.refresh_token, later), Granted)

    run(dsn, hashed_by, work)


def test_who_is_blocked_or_has_reset_the_password_signs_in_by_no_device(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        address, other = new_address(), new_address()
        await here.registered(address)
        await here.registered(other)
        trusted = await on_new_device(here, address, NOW + MINUTE, trust=True)
        asked = await here.accounts.resetting.begin(address, NOW + 2 * MINUTE)
        await here.accounts.resetting.confirm(
            asked.challenge_id, code_of(asked), OTHER_PASSWORD, NOW + 2 * MINUTE
        )
        with pytest.raises(SignInRefused):
            await by_device(here, trusted.device_token, NOW + 3 * MINUTE)
        blocked = await on_new_device(here, other, NOW + MINUTE, trust=True)
        await block(here, blocked.account_id)
        with pytest.raises(SignInRefused):
            await by_device(here, blocked.device_token, NOW + 3 * MINUTE)

    run(dsn, hashed_by, work)


def test_for_a_seller_only_who_is_of_its_people(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        await here.registered(address)
        trusted = await on_new_device(here, address, NOW + MINUTE, trust=True)
        with pytest.raises(NoMember):
            await by_device(here, trusted.device_token, surface="seller", seller_id="anna")

    run(dsn, hashed_by, work)


def test_devices_are_seen_and_named_by_their_owner_alone(dsn: str, hashed_by: Passwords) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        first = await here.registered(address)
        mallory = await here.registered(new_address())
        phone = await on_new_device(here, address, NOW + MINUTE, trust=True)
        devices = here.accounts.devices
        seen = await devices.all_of(first.account_id, phone.session_id, NOW + 2 * MINUTE)
        assert [(one.device.name, one.current) for one in seen] == [
            ("Firefox Mobile on Android", True),
            ("A device", False),
        ]
        assert seen[0].device.trusted_until == NOW + MINUTE + 30 * DAY
        phone_id = seen[0].device.device_id
        for change in (
            devices.rename(mallory.account_id, phone_id, "mine"),
            devices.revoke(mallory.account_id, phone_id, NOW),
        ):
            with pytest.raises(DeviceUnknown):
                await change
        assert isinstance(await here.refresh(phone.refresh_token, NOW + 2 * MINUTE), Granted)
        await devices.rename(first.account_id, phone_id, "the old phone")
        seen = await devices.all_of(first.account_id, first.session_id, NOW + 2 * MINUTE)
        assert [(one.device.name, one.current) for one in seen] == [
            ("the old phone", False),
            ("A device", True),
        ]

    run(dsn, hashed_by, work)


def test_a_device_that_is_let_go_is_signed_out_and_a_new_one(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        first = await here.registered(address)
        phone = await on_new_device(here, address, NOW + MINUTE, trust=True)
        devices, now = here.accounts.devices, NOW + 3 * MINUTE
        (seen, _) = await devices.all_of(first.account_id, phone.session_id, now)
        await devices.revoke(first.account_id, seen.device.device_id, now)
        with pytest.raises(GrantInvalid):
            await here.refresh(phone.refresh_token, now)
        with pytest.raises(SignInRefused):
            await by_device(here, phone.device_token, now)
        asked = await here.sign_in(address, now, PASSWORD, phone.device_token or "")
        assert not isinstance(asked, Granted)
        assert isinstance(await here.refresh(first.refresh_token, now), Granted)
        with pytest.raises(DeviceUnknown):
            await devices.revoke(first.account_id, seen.device.device_id, now)

    run(dsn, hashed_by, work)


def test_a_session_that_begins_while_its_device_is_let_go_ends_too(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process, there: Process) -> None:
        for turn in range(5):
            address, now = new_address(), NOW + turn * MINUTE
            await here.registered(address)
            phone = await on_new_device(here, address, now + MINUTE, trust=True)
            (seen, _) = await here.accounts.devices.all_of(phone.account_id, "", now)
            revoke = there.accounts.devices.revoke(phone.account_id, seen.device.device_id, now)
            begun = [by_device(here, phone.device_token, now) for _ in range(4)]
            *found, _ = await asyncio.gather(*begun, revoke, return_exceptions=True)
            for one in found:
                if isinstance(one, Granted):
                    with pytest.raises(GrantInvalid):
                        await here.refresh(one.refresh_token, now)
                else:
                    assert isinstance(one, SignInRefused), one

    run(dsn, hashed_by, work, many=2)


class Overheard:
    """A gate that lets everybody through and remembers who came."""

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []

    async def let_through(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)


def test_a_known_device_has_an_allowance_of_its_own_and_a_made_up_one_has_none(
    dsn: str, hashed_by: Passwords
) -> None:
    gate = Overheard()

    async def work(here: Process) -> None:
        address = new_address()
        await here.registered(address)
        phone = await on_new_device(here, address, NOW + MINUTE, trust=True)
        (seen, _) = await here.accounts.devices.all_of(phone.account_id, "", NOW + MINUTE)
        name, _, secret = str(phone.device_token).partition(".")
        gate.attempts.clear()
        await by_device(here, phone.device_token, NOW + MINUTE)
        with pytest.raises(SignInRefused):
            await by_device(here, f"{name}.{secret[::-1]}", NOW + MINUTE)
        assert [one.device for one in gate.attempts] == [seen.device.device_id, ""]

    run(dsn, hashed_by, work, gate=gate)


def test_the_owner_is_told_of_a_new_device_and_not_of_a_known_one(
    dsn: str, hashed_by: Passwords
) -> None:
    async def work(here: Process) -> None:
        address = new_address()
        first = await here.registered(address)
        assert await here.told() == ["registration_code"]
        await here.sign_in(address, NOW + MINUTE, device=first.device_token)
        assert await here.told() == ["registration_code"]
        await on_new_device(here, address, NOW + 2 * MINUTE, trust=False)
        assert await here.told() == ["registration_code", "sign_in_code", "new_device"]

    run(dsn, hashed_by, work)
