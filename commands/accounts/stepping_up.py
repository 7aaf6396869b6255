"""Stepping up: a second factor is shown again, before what costs money or changes who may act."""

from datetime import datetime

from commands.accounts.addresses import contact as parsed
from commands.accounts.codes import Asked, Codes
from commands.accounts.factors import Factors
from commands.accounts.gate import NOWHERE, Origin
from commands.accounts.means import Means
from commands.accounts.refusals import CodeRefused, FactorIsDue
from commands.accounts.sessions import Sessions
from commands.records.contacts import queries as contacts
from commands.streams.account.refusals import AccountUnknown
from commands.streams.contact.state import Claimed


class SteppingUp:
    def __init__(self, means: Means, codes: Codes, factors: Factors, sessions: Sessions) -> None:
        self._means = means
        self._codes = codes
        self._factors = factors
        self._sessions = sessions

    async def begin(self, account_id: str, now: datetime, origin: Origin = NOWHERE) -> Asked:
        """A code by letter, for who has no factor of their own.

        Raises `FactorIsDue`, `CodeJustSent`.
        """
        if await self._factors.has(account_id):
            raise FactorIsDue
        async with self._means.records.connection() as connection, connection.transaction():
            contact = await contacts.first_confirmed(connection, account_id)
            if contact is None:
                raise AccountUnknown
            whose = Claimed(account_id=account_id, contact_id=contact.contact_id)
            to = parsed(contact.address)
            challenge = self._codes.new("step_up", whose, contact.name, origin, to=to)
            await self._codes.keep(connection, challenge, now)
        return await self._codes.send(challenge, now)

    async def confirm(
        self,
        account_id: str,
        session_id: str,
        challenge_id: str,
        code: str,
        origin: Origin,
        now: datetime,
    ) -> str:
        """An access token that says so. Raises `CodeRefused`."""
        await self._means.gate.let_through(origin.attempt("code", account_id))
        if await self._factors.has(account_id):
            raise FactorIsDue
        challenge = await self._codes.spend(challenge_id, "step_up", code, now)
        if challenge.account_id != account_id:
            raise CodeRefused(field="code")
        return await self._sessions.step_up(account_id, session_id, now)

    async def by_factor(
        self, account_id: str, session_id: str, code: str, origin: Origin, now: datetime
    ) -> str:
        """An access token that says so. Raises `CodeRefused`."""
        await self._means.gate.let_through(origin.attempt("factor", account_id))
        if await self._factors.shown(account_id, code, now) is None:
            raise CodeRefused(field="code")
        return await self._sessions.step_up(account_id, session_id, now)
