"""An account is taken back: by who reads what it had before a contact was changed or added.

Everything that was added to it since goes, and everybody is signed out; the password is void. What
the log has undone is cleared away again whenever it is asked for: a call may have broken off.
"""

from datetime import datetime, timedelta

from commands.accounts.means import Means, cause, theirs
from commands.accounts.notices import Notices
from commands.accounts.owners import account_of
from commands.accounts.refusals import CodeRefused
from commands.accounts.sessions import Sessions
from commands.records.contacts import queries as contacts
from commands.records.contacts.queries import Contact
from commands.records.devices import queries as devices
from commands.records.identities import queries as identities
from commands.records.record import Connection
from commands.streams.account.messages import UndoContactChange
from commands.streams.account.refusals import ChangeUnknown
from commands.streams.account.state import Change, Registered
from eventstore.events.account import ContactChangeUndone, account_stream
from eventstore.reader import stream_rows

UNDO_FOR = timedelta(days=7)


class TakingBack:
    def __init__(self, means: Means, sessions_of: Sessions, notices: Notices) -> None:
        self._means = means
        self._sessions = sessions_of
        self._notices = notices

    async def undo(self, change_id: str, now: datetime) -> str:
        """The account. Raises `CodeRefused` or `ChangeUnknown`."""
        async with self._means.records.connection() as connection:
            known = await contacts.change(connection, change_id)
            if known is None:
                raise CodeRefused(field="token")
            account_id, made_at = known
            undone = await _is_undone(connection, account_id, change_id)
        if undone and now >= made_at + UNDO_FOR:
            raise ChangeUnknown(field="token")
        if not undone:
            await self._undo(account_id, change_id, made_at, now)
        await self._clear(account_id, change_id, now)
        return account_id

    async def _undo(
        self, account_id: str, change_id: str, made_at: datetime, now: datetime
    ) -> None:
        async with self._means.records.connection() as connection:
            account, change = await _open_change(connection, account_id, change_id)
            ids = {*change.contacts.values(), *account.contacts.values()}
            touched = [await _kept(connection, one) for one in sorted(ids)]
            linked = await identities.of(connection, account_id)
        command = UndoContactChange(
            account_id=account_id,
            change_id=change_id,
            contacts=tuple(one.name for one in touched),
            identities=tuple(one.name for one in linked if one.made_at >= made_at),
            sessions=await self._sessions.open_of(account_id),
            **theirs(account_id, now),
        )
        why = cause(f"contact/{change_id}/undo", account_stream(account_id))
        await self._means.dispatch(command, why)

    async def _clear(self, account_id: str, change_id: str, now: datetime) -> None:
        """Devices first: what has begun on one meanwhile ends with the others after that."""
        async with self._means.records.connection() as connection:
            await devices.forget(connection, account_id)
            owned = await contacts.owned_by(connection, account_id)
        await self._sessions.end_all(account_id, "contact_restored", now)
        for one in owned:
            about = f"{change_id}.restored.{one.contact_id}"
            await self._notices.tell(
                one.contact_id, "contact_restored", about, now, channel=one.channel
            )


async def _is_undone(connection: Connection, account_id: str, change_id: str) -> bool:
    for row in await stream_rows(connection, account_stream(account_id)):
        event = row.decode().event
        if isinstance(event, ContactChangeUndone) and event.change_id == change_id:
            return True
    return False


async def _open_change(
    connection: Connection, account_id: str, change_id: str
) -> tuple[Registered, Change]:
    account = await account_of(connection, account_id)
    if isinstance(account, Registered):
        for one in account.changes:
            if one.change_id == change_id:
                return account, one
    raise ChangeUnknown(field="token")


async def _kept(connection: Connection, contact_id: str) -> Contact:
    found = await contacts.of(connection, contact_id)
    if found is None:
        raise ChangeUnknown(field="token")
    return found
