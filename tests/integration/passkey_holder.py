"""Somebody with a passkey."""

from typing import Any

from commands.accounts.passkeys import Wanted
from commands.accounts.sessions import Granted
from tests.given import NOW
from tests.integration.accounts_ground import HERE, Process, new_address
from tests.integration.authenticator import Authenticator


class Holder:
    """Somebody with a passkey."""

    def __init__(self, here: Process, granted: Any, key: Authenticator) -> None:
        self.here = here
        self.account_id: str = granted.account_id
        self.session_id: str = granted.session_id
        self.passkeys = here.accounts.passkeys
        self.key = key
        self.recovery_codes: list[str] = []
        self.factor_id = ""

    async def add(self, now: Any = NOW) -> None:
        asked = await self.passkeys.begin_adding(self.account_id, now)
        credential = self.key.create(asked.options)
        added = await self.passkeys.confirm_adding(
            self.account_id, asked.challenge_id, credential, "phone", now
        )
        self.factor_id, self.recovery_codes = added.factor_id, added.recovery_codes

    async def sign_in(self, now: Any = NOW, **wanted: Any) -> Granted:
        asked = await self.passkeys.begin(Wanted(**wanted), now)
        return await self.passkeys.sign_in(
            asked.challenge_id, self.key.get(asked.options), HERE, now
        )


async def holder(here: Process, address: str = "") -> Holder:
    granted = await here.registered(address or new_address())
    made = Holder(here, granted, Authenticator())
    await made.add()
    return made
