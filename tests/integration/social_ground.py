"""Processes that know the providers of identities, and people who come back from there."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from commands.accounts.means import Elsewhere as Means
from commands.accounts.sent_away import Back, Begun
from commands.accounts.social import Here
from commands.records.passwords.hashing import Passwords
from tests.contract.identity_stand_ins import REDIRECT_URI, Elsewhere, visited
from tests.given import NOW
from tests.integration.accounts_ground import (
    HERE,
    Process,
    run,
)

ON_THIS = Here(origin=HERE)


class Ground:
    """Processes that know the providers."""

    def __init__(self, dsn: str, hashed_by: Passwords, there: Elsewhere) -> None:
        self._dsn = dsn
        self._hashed_by = hashed_by
        self._there = there

    def run(self, work: Callable[..., Awaitable[None]], many: int = 1) -> None:
        client = httpx.AsyncClient(timeout=5)

        async def closing(*processes: Process) -> None:
            async with client:
                await work(*processes)

        means = Means(
            providers=self._there.adapters(client), redirect_uris=frozenset({REDIRECT_URI})
        )
        run(self._dsn, self._hashed_by, closing, many, elsewhere=means)


async def came_back(begun: Begun, subject: str) -> Back:
    brought = await asyncio.to_thread(visited, begun.url, subject)
    return Back(
        ceremony_id=begun.ceremony_id,
        state=brought["state"],
        code=brought["code"],
        device_id=brought.get("device_id", ""),
    )


async def began(here: Process, provider: str = "google", **more: Any) -> Begun:
    return await here.accounts.ceremonies.begin(provider, REDIRECT_URI, NOW, **more)


async def signed_in(
    here: Process, subject: str, provider: str = "google", on: Here = ON_THIS
) -> Any:
    back = await came_back(await began(here, provider), subject)
    return await here.accounts.social.sign_in(back, on, NOW)


async def linked(here: Process, account_id: str, subject: str, provider: str = "google") -> str:
    begun = await began(here, provider, account_id=account_id)
    return await here.accounts.identities.link(account_id, await came_back(begun, subject), NOW)
