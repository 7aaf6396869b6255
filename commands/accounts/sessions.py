"""Sessions: started, refreshed, ended.

A refresh token's successor is derived from it: whoever shows one again within the grace, in another
tab, at another process or because the answer was lost, gets the same. After that an older token is
in foreign hands, or its successor is: the session ends, and its owner is told.
"""

import hmac
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from commands.accounts.keys import TOKEN_BYTES, AccountKeys
from commands.accounts.notices import Notices
from commands.accounts.owners import staff_roles
from commands.accounts.tokens import REFRESH, OpaqueToken, read
from commands.command import Actor
from commands.dispatch import Cause, Dispatch
from commands.records.record import Records
from commands.records.sessions import queries as sessions
from commands.records.sessions.queries import Kept, New, Rotated
from commands.streams.session.messages import EndSession, StartSession
from commands.streams.session.refusals import SessionIsOver
from eventstore.events.session import EndReason, Method, session_stream
from eventstore.identity import Role, Surface

GRACE = timedelta(seconds=30)
IDLE = timedelta(days=14)
ABSOLUTE = timedelta(days=90)
# What was spent longer ago, in two weeks of use without a pause, is refused and nothing more.
STEPS_MAX = 2_000


class IssueToken(Protocol):
    def __call__(
        self,
        account_id: str,
        session_id: str,
        roles: Sequence[Role],
        surface: Surface,
        now: datetime,
        factor_at: datetime | None,
    ) -> str:
        """An access token; of several roles the first is acted in unless another is asked for."""
        ...


class GrantInvalid(Exception):
    """The refresh token is not ours, is spent, or its session has ended."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody has shown of being the account: its password's number, how, where."""

    account_id: str
    credentials: int
    method: Method
    device_id: str
    address: str


class Granted(msgspec.Struct, frozen=True, kw_only=True):
    """`device_token` only where a device became a known one."""

    account_id: str
    session_id: str
    access_token: str
    refresh_token: str
    device_token: str | None = None


class Sessions:
    """`draw` gives so many random bytes, `new_id` an id of ours."""

    def __init__(
        self,
        records: Records,
        dispatch: Dispatch,
        keys: AccountKeys,
        notices: Notices,
        issue: IssueToken,
        draw: Callable[[int], bytes],
        new_id: Callable[[], str],
    ) -> None:
        self._records = records
        self._dispatch = dispatch
        self._keys = keys
        self._notices = notices
        self._issue = issue
        self._draw = draw
        self._new_id = new_id

    async def start(self, shown: Shown, surface: Surface, now: datetime) -> Granted:
        """The row first: without its event it is nothing, and nobody has its token yet.

        Raises `PasswordWasReset`.
        """
        session_id = self._new_id()
        token = OpaqueToken(REFRESH, session_id, self._draw(TOKEN_BYTES))
        new = New(
            session_id=session_id,
            account_id=shown.account_id,
            device_id=shown.device_id,
            surface=surface,
            token_hash=token.hash,
            idle_s=int(IDLE.total_seconds()),
            factor_at=None if shown.method == "password+device" else now,
            started_at=now,
            idle_until=now + IDLE,
            absolute_until=now + ABSOLUTE,
        )
        async with self._records.connection() as connection:
            await sessions.add(connection, new)
        command = StartSession(
            session_id=session_id,
            account_id=shown.account_id,
            credentials=shown.credentials,
            surface=surface,
            device_id=shown.device_id,
            method=shown.method,
            address=shown.address,
            by=Actor("buyer", shown.account_id),
            now=now,
            occurred_at=now,
        )
        await self._dispatch(command, _cause(session_id, "start"))
        return await self._granted(Rotated(shown.account_id, surface, new.factor_at), token, now)

    async def refresh(self, text: str, now: datetime) -> Granted:
        """Raises `GrantInvalid`."""
        token = read(REFRESH, text)
        if token is None:
            raise GrantInvalid
        successor = OpaqueToken(REFRESH, token.of, self._keys.successor(token.secret))
        async with self._records.connection() as connection:
            found = await sessions.rotate(connection, token.of, token.hash, successor.hash, now)
            kept = None if found else await sessions.of(connection, token.of, now)
        if found is None:
            found = await self._spent(token, kept, now)
        return await self._granted(found, successor, now)

    async def _spent(self, token: OpaqueToken, kept: Kept | None, now: datetime) -> Rotated:
        """A token that is not the current one: within the grace, reused, or no token at all."""
        if kept is None or not kept.alive:
            raise GrantInvalid
        ago = self._steps(token.secret, kept)
        if not ago:
            raise GrantInvalid
        if ago <= len(kept.recent) and now - kept.recent[ago - 1] <= GRACE:
            return Rotated(kept.account_id, kept.surface, kept.factor_at)
        await self.end(kept.account_id, token.of, "token_reused", now)
        await self._notices.tell_account(kept.account_id, "token_reused", token.of, now)
        raise GrantInvalid

    def _steps(self, secret: bytes, kept: Kept) -> int | None:
        """How many tokens ago this one was; None if it leads nowhere."""
        for step in range(min(kept.rotations, STEPS_MAX) + 1):
            if hmac.compare_digest(OpaqueToken(REFRESH, "", secret).hash, kept.token_hash):
                return step
            secret = self._keys.successor(secret)
        return None

    async def end(
        self, account_id: str, session_id: str, reason: EndReason, now: datetime
    ) -> int | None:
        """The position of its end; None if it had ended. Raises `SessionUnknown`."""
        command = EndSession(
            session_id=session_id,
            account_id=account_id,
            reason=reason,
            by=Actor("buyer", account_id),
            now=now,
            occurred_at=now,
        )
        position = None
        try:
            outcome = await self._dispatch(command, _cause(session_id, f"end/{reason}"))
            position = outcome.position
        except SessionIsOver:
            pass
        async with self._records.connection() as connection:
            await sessions.end(connection, [session_id], now)
        return position

    async def end_others(self, account_id: str, kept: str, now: datetime) -> int:
        """All but one; how many they were."""
        others = [one for one in await self.open_of(account_id) if one != kept]
        for one in others:
            await self.end(account_id, one, "signed_out_elsewhere", now)
        return len(others)

    async def open_of(self, account_id: str, surface: Surface | None = None) -> tuple[str, ...]:
        async with self._records.connection() as connection:
            return await sessions.open_of(connection, account_id, surface)

    async def end_all(
        self, account_id: str, reason: EndReason, now: datetime, surface: Surface | None = None
    ) -> None:
        """Also what has begun while the reason for it was on its way into the log."""
        for one in await self.open_of(account_id, surface):
            await self.end(account_id, one, reason, now)

    async def step_up(self, account_id: str, session_id: str, now: datetime) -> str:
        """A second factor was shown just now: an access token that says so.

        Raises `SessionIsOver`.
        """
        async with self._records.connection() as connection:
            surface = await sessions.stepped_up(connection, session_id, account_id, now)
        if surface is None:
            raise SessionIsOver(field="session_id")
        roles = await self._roles(account_id, surface)
        return self._issue(account_id, session_id, roles, surface, now, now)

    async def _roles(self, account_id: str, surface: Surface) -> Sequence[Role]:
        """Raises `GrantInvalid` for who is of staff no more."""
        if surface != "staff":
            return (surface,)
        async with self._records.connection() as connection:
            roles = await staff_roles(connection, account_id)
        if not roles:
            raise GrantInvalid
        return roles

    async def _granted(self, session: Rotated, token: OpaqueToken, now: datetime) -> Granted:
        roles = await self._roles(session.account_id, session.surface)
        access = self._issue(
            session.account_id, token.of, roles, session.surface, now, session.factor_at
        )
        return Granted(
            account_id=session.account_id,
            session_id=token.of,
            access_token=access,
            refresh_token=str(token),
        )


def _cause(session_id: str, what: str) -> Cause:
    source = f"accounts/session/{session_id}/{what}"
    return Cause(command_id=source, correlation_id=session_stream(session_id), causation_id=source)
