"""Wakes who waits for work: one connection listens, however many wait."""

import asyncio
from collections.abc import Sequence

from commands.runner.process_tables import Connection


class Bell:
    """What commits work rings its channel with NOTIFY, in the same transaction."""

    def __init__(self, channels: Sequence[str]) -> None:
        self._waiting: dict[str, list[asyncio.Event]] = {channel: [] for channel in channels}

    def hears(self, channel: str) -> asyncio.Event:
        """Set at each ring, and when rings may have been missed; who has woken clears it."""
        event = asyncio.Event()
        self._waiting[channel].append(event)
        return event

    async def listen(self, connection: Connection) -> None:
        """Until cancelled. Raises a lost database."""
        for channel in self._waiting:
            await connection.execute(f"LISTEN {channel}".encode())
        for channel in self._waiting:
            self._ring(channel)
        async for notice in connection.notifies():
            self._ring(notice.channel)

    def _ring(self, channel: str) -> None:
        for event in self._waiting[channel]:
            event.set()
