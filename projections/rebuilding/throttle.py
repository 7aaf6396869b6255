"""Leaves the machine to those who serve: so many events a second, and no more."""

import asyncio


class Throttle:
    """`rate` in events a second; 0 is without limit."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._free_at = 0.0

    async def passed(self, events: int) -> None:
        """Wait until that many more may follow."""
        if not self._rate:
            return
        loop = asyncio.get_running_loop()
        self._free_at = max(self._free_at, loop.time()) + events / self._rate
        await asyncio.sleep(self._free_at - loop.time())
