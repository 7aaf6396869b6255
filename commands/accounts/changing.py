"""A password is changed by who shows the one before; everybody else is signed out by it."""

from datetime import datetime

import msgspec

from commands.accounts.addresses import Address, contact
from commands.accounts.factors import label_of
from commands.accounts.gate import Origin
from commands.accounts.means import Means, cause, theirs
from commands.accounts.notices import Notices
from commands.accounts.proving import checked, hashed, strong
from commands.accounts.refusals import PasswordWrong
from commands.accounts.sessions import Sessions
from commands.records.devices import queries as devices
from commands.records.passwords import queries as passwords
from commands.records.passwords.queries import Kept
from commands.records.sessions import queries as sessions
from commands.streams.account.messages import ChangePassword, PasswordAnswer
from eventstore.events.account import account_stream


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, in which session, and what they type."""

    account_id: str
    session_id: str
    current: str
    new: str


class Changing:
    def __init__(self, means: Means, sessions_of: Sessions, notices: Notices) -> None:
        self._means = means
        self._sessions = sessions_of
        self._notices = notices

    async def change(self, asking: Asking, origin: Origin, now: datetime) -> None:
        """All other sessions end, and every other device is a new one again.

        Raises `PasswordWrong`, `PasswordWeak`, `PasswordsBusy`, `PasswordWasReset`, and what the
        gate raises.
        """
        account_id = asking.account_id
        await self._means.gate.let_through(origin.attempt("password", account_id))
        async with self._means.records.connection() as connection:
            kept = await passwords.of(connection, account_id)
            address = await label_of(connection, account_id)
        found = await checked(self._means.hashing, asking.current, kept.hash if kept else None)
        if kept is None or not found.matches:
            raise PasswordWrong(field="current")
        typed = Address("", "") if address == account_id else contact(address)
        await strong(self._means.hashing, self._means.breached, asking.new, typed)
        made = await hashed(self._means.hashing, asking.new)
        await self._changed(asking, kept, made, now)
        await self._sessions.end_others(account_id, asking.session_id, now)
        about = f"{account_id}.{kept.credentials}"
        await self._notices.tell_account(account_id, "password_changed", about, now)

    async def _changed(self, asking: Asking, kept: Kept, made: str, now: datetime) -> None:
        account_id = asking.account_id
        async with self._means.records.connection() as connection:
            here = await sessions.device_of(connection, account_id, asking.session_id)
            others = await sessions.open_of(connection, account_id)
        command = ChangePassword(
            account_id=account_id,
            credentials=kept.credentials,
            sessions=tuple(one for one in others if one != asking.session_id),
            **theirs(account_id, now),
        )
        what = f"password/{account_id}/{kept.credentials}/{self._means.new_id()}"
        outcome = await self._means.dispatch(command, cause(what, account_stream(account_id)))
        number = msgspec.json.decode(outcome.answer, type=PasswordAnswer).credentials
        async with self._means.records.connection() as connection, connection.transaction():
            await passwords.replace(connection, account_id, number, made, now)
            await sessions.end(connection, command.sessions, now)
            await devices.forget_others(connection, account_id, here)
