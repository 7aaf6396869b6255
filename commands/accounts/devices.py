"""Devices of one's own: seen, named, and let go with the sessions that were begun there."""

from datetime import datetime

import msgspec

from commands.accounts.means import Means
from commands.accounts.refusals import DeviceUnknown
from commands.accounts.sessions import Sessions
from commands.records.devices import queries as devices
from commands.records.devices.queries import Device
from commands.records.sessions import queries as sessions


class Seen(msgspec.Struct, frozen=True):
    """`current` is the one that the asking session was begun on."""

    device: Device
    current: bool


class Devices:
    def __init__(self, means: Means, sessions_of: Sessions) -> None:
        self._means = means
        self._sessions = sessions_of

    async def all_of(self, account_id: str, session_id: str, now: datetime) -> list[Seen]:
        """The last seen first."""
        async with self._means.records.connection() as connection:
            current = await sessions.device_of(connection, account_id, session_id)
            found = await devices.of(connection, account_id, now)
        return [Seen(one, one.device_id == current) for one in found]

    async def rename(self, account_id: str, device_id: str, name: str) -> None:
        """Raises `DeviceUnknown`."""
        async with self._means.records.connection() as connection:
            if not await devices.rename(connection, device_id, account_id, name):
                raise DeviceUnknown(field="device_id")

    async def revoke(self, account_id: str, device_id: str, now: datetime) -> None:
        """It is a new one from now on. First the device: it begins no session any more.

        Raises `DeviceUnknown`, also for one that was revoked before.
        """
        async with self._means.records.connection() as connection:
            known = await devices.remove(connection, device_id, account_id)
        # Also of one that is gone: its sessions may have been left by a call that broke off.
        await self._sessions.end_on_device(account_id, device_id, now)
        if not known:
            raise DeviceUnknown(field="device_id")
