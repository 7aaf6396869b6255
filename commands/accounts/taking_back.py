"""An account is taken back: by who reads the contact that was changed without their knowing.

Everything that was added to it since goes, and everybody is signed out; the password is void.
"""

from datetime import datetime

from commands.accounts.identities import Identities
from commands.accounts.means import Means, cause, theirs
from commands.accounts.notices import Notices
from commands.accounts.owners import account_of
from commands.accounts.refusals import CodeRefused
from commands.accounts.sessions import Sessions
from commands.records.contacts import queries as contacts
from commands.records.contacts.queries import Contact
from commands.records.devices import queries as devices
from commands.records.factors import queries as factors
from commands.records.record import Connection
from commands.streams.account.messages import UndoContactChange
from commands.streams.account.refusals import ChangeUnknown
from commands.streams.account.state import Change, Registered
from eventstore.events.account import account_stream


class TakingBack:
    def __init__(
        self, means: Means, sessions_of: Sessions, identities: Identities, notices: Notices
    ) -> None:
        self._means = means
        self._sessions = sessions_of
        self._identities = identities
        self._notices = notices

    async def undo(self, change_id: str, now: datetime) -> str:
        """The account. Raises `CodeRefused` or `ChangeUnknown`."""
        async with self._means.records.connection() as connection:
            known = await contacts.change(connection, change_id)
            if known is None:
                raise CodeRefused(field="token")
            account_id, made_at = known
            account, change = await _open_change(connection, account_id, change_id)
            old = await _kept(connection, change.before)
            current = await _kept(connection, account.contacts[change.channel])
        open_ones = await self._sessions.open_of(account_id)
        command = UndoContactChange(
            account_id=account_id,
            change_id=change_id,
            contact=old.name,
            current=current.name,
            sessions=open_ones,
            **theirs(account_id, now),
        )
        why = cause(f"contact/{change_id}/undo", account_stream(account_id))
        await self._means.dispatch(command, why)
        await self._clear(account_id, account, change, now)
        await self._unlink(account_id, made_at, now)
        about = f"{change_id}.restored"
        await self._notices.tell(
            old.contact_id, "contact_restored", about, now, channel=old.channel
        )
        return account_id

    async def _clear(
        self, account_id: str, account: Registered, change: Change, now: datetime
    ) -> None:
        added = [one for one in account.factors if one not in change.factors]
        async with self._means.records.connection() as connection, connection.transaction():
            await devices.forget(connection, account_id)
            for factor_id in added:
                await factors.remove(connection, factor_id, account_id)
        await self._sessions.end_all(account_id, "contact_restored", now)

    async def _unlink(self, account_id: str, since: datetime, now: datetime) -> None:
        for one in await self._identities.all_of(account_id):
            if one.made_at >= since:
                await self._identities.unlink(account_id, one.identity_id, now)


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
