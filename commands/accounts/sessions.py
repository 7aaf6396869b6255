"""Sessions: started, refreshed, ended.

A refresh token's successor is derived from it: whoever shows one again within the grace, in another
tab, at another process or because the answer was lost, gets the same. After that an older token is
in foreign hands, or its successor is: the session ends, and its owner is told.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from commands.accounts.keys import TOKEN_BYTES
from commands.accounts.lifetimes import Shown, begun
from commands.accounts.means import Bearer, Means, cause, theirs
from commands.accounts.notices import Notices
from commands.accounts.owners import members_of, staff_roles
from commands.accounts.tokens import REFRESH, OpaqueToken, read
from commands.dispatch import Cause
from commands.records.api_keys import queries as api_keys
from commands.records.devices import queries as devices
from commands.records.record import Connection
from commands.records.sessions import queries as sessions
from commands.records.sessions.queries import Kept, Rotated
from commands.streams.session.messages import EndSession, StartSession
from commands.streams.session.refusals import SessionIsOver, SessionUnknown
from eventstore.errors import Refused
from eventstore.events.session import EndReason, session_stream
from eventstore.identity import Member, Role, Surface

GRACE = timedelta(seconds=30)
OPEN_MAX = 100


class GrantInvalid(Exception):
    """The refresh token is not ours, is spent, or its session has ended."""


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """`device_token` only where a device became a known one."""

    account_id: str
    session_id: str
    access_token: str
    refresh_token: str
    device_token: str | None = None


class Sessions:
    def __init__(self, means: Means, notices: Notices) -> None:
        self._means = means
        self._notices = notices

    async def start(
        self, shown: Shown, surface: Surface, now: datetime, seller_id: str = ""
    ) -> Granted:
        """The row first: without its event it is nothing, and nobody has its token yet.

        Raises `PasswordWasReset`, `AccountIsBlocked`, `NoStaff` or `NoMember`.
        """
        session_id, drawn = self._means.new_id(), self._means.draw(TOKEN_BYTES)
        token = OpaqueToken(REFRESH, session_id, self._means.keys.marked(session_id, drawn))
        new = begun(shown, surface, seller_id, token, now)
        async with self._means.records.connection() as connection:
            await sessions.add(connection, new)
        command = StartSession(
            session_id=token.of,
            account_id=shown.account_id,
            credentials=shown.credentials,
            surface=surface,
            seller_id=seller_id,
            device_id=shown.device_id,
            method=shown.method,
            address=shown.address,
            identity=shown.identity,
            **theirs(shown.account_id, now),
        )
        try:
            await self._means.dispatch(command, _cause(token.of, "start"))
        except Refused:
            # A row without its event would stand in the way of ending the others.
            async with self._means.records.connection() as connection:
                await sessions.end(connection, [token.of], now)
            raise
        await self._end_surplus(shown.account_id, now)
        return await self._granted(
            Rotated(shown.account_id, surface, seller_id, new.factor_at), token, now
        )

    async def refresh(self, text: str, now: datetime) -> Granted:
        """Raises `GrantInvalid`."""
        token = read(REFRESH, text)
        if token is None:
            raise GrantInvalid
        successor = OpaqueToken(
            REFRESH, token.of, self._means.keys.successor(token.of, token.secret)
        )
        async with self._means.records.connection() as connection:
            found = await sessions.rotate(connection, token.of, token.hash, successor.hash, now)
            kept = None if found else await sessions.of(connection, token.of, now)
        if found is None:
            found = await self._spent(token, kept, now)
        return await self._granted(found, successor, now)

    async def _spent(self, token: OpaqueToken, kept: Kept | None, now: datetime) -> Rotated:
        """A token that is not the current one: within the grace, reused, or no token at all."""
        if kept is None or not kept.alive:
            raise GrantInvalid
        if not self._means.keys.is_marked(token.of, token.secret):
            raise GrantInvalid
        ago = self._steps(token, kept)
        if ago is not None and now - kept.recent[ago - 1] <= GRACE:
            return Rotated(kept.account_id, kept.surface, kept.seller_id, kept.factor_at)
        await self.end(kept.account_id, token.of, "token_reused", now)
        await self._notices.tell_account(kept.account_id, "token_reused", token.of, now)
        raise GrantInvalid

    def _steps(self, token: OpaqueToken, kept: Kept) -> int | None:
        """How many tokens ago this one was, of those that were spent lately."""
        secret = token.secret
        for step in range(1, len(kept.recent) + 1):
            secret = self._means.keys.successor(token.of, secret)
            if hmac.compare_digest(OpaqueToken(REFRESH, "", secret).hash, kept.token_hash):
                return step
        return None

    async def end(
        self, account_id: str, session_id: str, reason: EndReason, now: datetime
    ) -> int | None:
        """The position of its end; None if it had ended. Raises `SessionUnknown`."""
        command = EndSession(
            session_id=session_id,
            account_id=account_id,
            reason=reason,
            **theirs(account_id, now),
        )
        position = None
        try:
            outcome = await self._means.dispatch(command, _cause(session_id, f"end/{reason}"))
            position = outcome.position
        except SessionIsOver:
            pass
        async with self._means.records.connection() as connection:
            await _ended(connection, session_id, now)
        return position

    async def end_others(self, account_id: str, kept: str, now: datetime) -> int:
        """All but one; how many they were. No device but its own signs in by itself any more."""
        ended = 0
        async with self._means.records.connection() as connection:
            here = await sessions.device_of(connection, account_id, kept)
            await devices.trust_no_others(connection, account_id, here)
        while others := [one for one in await self._signed_in(account_id) if one != kept]:
            for one in others:
                await self._end_if_any(account_id, one, "signed_out_elsewhere", now)
            ended += len(others)
        return ended

    async def open_of(
        self, account_id: str, surface: Surface | None = None, seller_id: str = ""
    ) -> tuple[str, ...]:
        """Of a surface, and for a seller, if they are named; keys of programs too."""
        signed_in = await self._signed_in(account_id, surface, seller_id)
        if surface not in {None, "seller"}:
            return signed_in
        async with self._means.records.connection() as connection:
            return signed_in + await api_keys.open_of(connection, account_id, seller_id)

    async def _signed_in(
        self, account_id: str, surface: Surface | None = None, seller_id: str = ""
    ) -> tuple[str, ...]:
        async with self._means.records.connection() as connection:
            return await sessions.open_of(connection, account_id, surface, seller_id)

    async def end_all(
        self,
        account_id: str,
        reason: EndReason,
        now: datetime,
        surface: Surface | None = None,
        seller_id: str = "",
        *,
        keys: bool = True,
    ) -> None:
        """Also what has begun while the reason for it was on its way into the log."""
        of = self.open_of if keys else self._signed_in
        while open_ones := await of(account_id, surface, seller_id):
            for one in open_ones:
                await self._end_if_any(account_id, one, reason, now)

    async def end_on_device(self, account_id: str, device_id: str, now: datetime) -> None:
        """All that were begun on it."""
        while open_ones := await self._on_device(account_id, device_id):
            for one in open_ones:
                await self._end_if_any(account_id, one, "device_revoked", now)

    async def _on_device(self, account_id: str, device_id: str) -> tuple[str, ...]:
        async with self._means.records.connection() as connection:
            return await sessions.on_device(connection, account_id, device_id)

    async def _end_if_any(
        self, account_id: str, session_id: str, reason: EndReason, now: datetime
    ) -> None:
        """A row of which the log knows nothing refreshes nothing either, once it is marked."""
        try:
            await self.end(account_id, session_id, reason, now)
        except SessionUnknown:
            async with self._means.records.connection() as connection:
                await _ended(connection, session_id, now)

    async def _end_surplus(self, account_id: str, now: datetime) -> None:
        """Nobody has so many devices: the oldest give way."""
        open_ones = await self._signed_in(account_id)
        for one in open_ones[: max(0, len(open_ones) - OPEN_MAX)]:
            await self._end_if_any(account_id, one, "signed_out_elsewhere", now)

    async def step_up(self, account_id: str, session_id: str, now: datetime) -> str:
        """A second factor was shown just now: an access token that says so.

        Raises `SessionIsOver`.
        """
        async with self._means.records.connection() as connection:
            session = await sessions.stepped_up(connection, session_id, account_id, now)
        if session is None:
            raise SessionIsOver(field="session_id")
        return self._means.issue(await self._bearer(session, session_id), now)

    async def _bearer(self, session: Rotated, session_id: str) -> Bearer:
        """As the log says now. Raises `GrantInvalid` for who is of staff or a seller's no more."""
        account_id, seller_id = session.account_id, session.seller_id
        roles: Sequence[Role] = ("buyer",)
        member: Member | None = None
        if session.surface == "staff":
            async with self._means.records.connection() as connection:
                roles = await staff_roles(connection, account_id)
        elif session.surface == "seller":
            async with self._means.records.connection() as connection:
                member = (await members_of(connection, seller_id)).of(account_id)
            roles = ("seller",) if member else ()
        if not roles:
            raise GrantInvalid
        return Bearer(
            account_id=account_id,
            session_id=session_id,
            surface=session.surface,
            subject=seller_id or account_id,
            roles=roles,
            member=member,
            factor_at=session.factor_at,
        )

    async def _granted(self, session: Rotated, token: OpaqueToken, now: datetime) -> Granted:
        access = self._means.issue(await self._bearer(session, token.of), now)
        return Granted(
            account_id=session.account_id,
            session_id=token.of,
            access_token=access,
            refresh_token=str(token),
        )


async def _ended(connection: Connection, session_id: str, now: datetime) -> None:
    """A key of a program's is a session, too."""
    await sessions.end(connection, [session_id], now)
    await api_keys.end(connection, [session_id], now)


def _cause(session_id: str, what: str) -> Cause:
    return cause(f"session/{session_id}/{what}", session_stream(session_id))
