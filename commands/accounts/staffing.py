"""Who is of staff: by invitation for the first, by a superadmin for the others."""

import hashlib
from datetime import datetime

from commands.accounts.factors import Factors
from commands.accounts.means import Means, asked, cause
from commands.accounts.refusals import FactorIsMissing, InvitationRefused
from commands.accounts.tokens import INVITATION, read
from commands.command import Actor
from commands.records.invitations import queries as invitations
from commands.streams.account.messages import GrantRole
from commands.streams.account.refusals import RoleIsHeld
from eventstore.events.account import account_stream
from eventstore.identity import StaffRole


class Staffing:
    def __init__(self, means: Means, factors: Factors) -> None:
        self._means = means
        self._factors = factors

    async def claim(self, account_id: str, text: str, now: datetime) -> StaffRole:
        """Raises `InvitationRefused`, or `FactorIsMissing`, which leaves the invitation."""
        token = read(INVITATION, text)
        if token is None:
            raise InvitationRefused(field="token")
        if not await self._factors.has(account_id):
            raise FactorIsMissing
        async with self._means.records.connection() as connection:
            role = await invitations.take(connection, token.hash, account_id, now)
        if role is None:
            raise InvitationRefused(field="token")
        await self._granted(account_id, role, token.hash, now)
        return role

    async def _granted(
        self, account_id: str, role: StaffRole, token_hash: bytes, now: datetime
    ) -> None:
        command = GrantRole(
            account_id=account_id,
            role=role,
            reason="invitation",
            **asked(Actor("system", "invitations"), now),
        )
        what = f"invitation/{hashlib.sha256(token_hash).hexdigest()[:32]}"
        try:
            await self._means.dispatch(command, cause(what, account_stream(account_id)))
        except RoleIsHeld:
            async with self._means.records.connection() as connection:
                await invitations.void(connection, token_hash)
