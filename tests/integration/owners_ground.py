"""Somebody with an address, who changes it and has it back."""

from datetime import datetime, timedelta
from typing import Any

from commands.accounts.contacts import Shown
from commands.accounts.tokens import undo_token
from tests.given import NOW
from tests.integration.accounts_ground import (
    HERE,
    KEYS,
    Process,
    code_of,
    new_address,
)

SECOND = timedelta(seconds=1)


class Owner:
    """Somebody with an address, and what they may change it to."""

    def __init__(self, here: Process, account_id: str, address: str) -> None:
        self.here = here
        self.account_id = account_id
        self.address = address
        self.before = address

    async def asks(self, to: str, now: datetime = NOW) -> Any:
        return await self.here.accounts.contacts.begin(self.account_id, to, HERE, now)

    async def shows(self, asked: Any, now: datetime = NOW, **other: str) -> str:
        codes = {
            "challenge_id": asked.new.challenge_id,
            "code": code_of(asked.new),
            "old_challenge_id": asked.old.challenge_id,
            "old_code": code_of(asked.old),
        }
        shown = Shown(**(codes | other))
        return await self.here.accounts.contacts.confirm(self.account_id, shown, HERE, now)

    async def changes(self, to: str, now: datetime = NOW) -> str:
        """What the letter to the old address says."""
        asked = await self.asks(to, now)
        await self.shows(asked, now)
        self.before, self.address = self.address, to
        return undo_token(KEYS, asked.new.challenge_id)

    async def undoes(self, token: str, now: datetime = NOW) -> None:
        assert await self.here.accounts.contacts.undo(token, now) == self.account_id

    async def addresses(self) -> list[str]:
        return [one.address for one in await self.here.accounts.contacts.all_of(self.account_id)]


async def owner(here: Process) -> tuple[Owner, Any]:
    address = new_address()
    granted = await here.registered(address)
    return Owner(here, granted.account_id, address), granted
