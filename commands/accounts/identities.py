"""Identities of an account at providers: linked and unlinked by who is signed in."""

from datetime import datetime

from commands.accounts.means import Means, cause, theirs
from commands.accounts.notices import Notices
from commands.accounts.refusals import TooManyIdentities
from commands.accounts.sent_away import Back, Ceremonies
from commands.records.identities import queries as identities
from commands.records.identities.queries import Linked
from commands.streams.identity.messages import LinkIdentity, UnlinkIdentity
from commands.streams.identity.refusals import IdentityUnknown
from eventstore.events.identity import identity_stream

LINKED_MAX = 10


class Identities:
    def __init__(self, means: Means, ceremonies: Ceremonies, notices: Notices) -> None:
        self._means = means
        self._ceremonies = ceremonies
        self._notices = notices

    async def all_of(self, account_id: str) -> list[Linked]:
        """The oldest first."""
        async with self._means.records.connection() as connection:
            return await identities.of(connection, account_id)

    async def link(self, account_id: str, back: Back, now: datetime) -> str:
        """The identity's id. Raises `IdentityRefused`, `IdentityProviderAway`, `IdentityTaken`,
        `IdentityIsLinked`, `TooManyIdentities`.
        """
        found = await self._ceremonies.back(back, account_id, now)
        identity_id = self._means.new_id()
        async with self._means.records.connection() as connection:
            if len(await identities.of(connection, account_id)) >= LINKED_MAX:
                raise TooManyIdentities
            await identities.add(connection, identity_id, account_id, found.named, found.name, now)
        command = LinkIdentity(
            account_id=account_id,
            identity=found.name,
            identity_id=identity_id,
            provider=found.ceremony.provider,
            **theirs(account_id, now),
        )
        why = cause(f"identity/{back.ceremony_id}/link", identity_stream(found.name))
        await self._means.dispatch(command, why)
        await self._notices.tell_account(account_id, "identity_linked", identity_id, now)
        return identity_id

    async def unlink(self, account_id: str, identity_id: str, now: datetime) -> None:
        """Raises `IdentityUnknown`. Who has no password can always have one: by a letter."""
        found = [one for one in await self.all_of(account_id) if one.identity_id == identity_id]
        if not found:
            raise IdentityUnknown(field="identity_id")
        command = UnlinkIdentity(
            account_id=account_id, identity=found[0].name, **theirs(account_id, now)
        )
        why = cause(f"identity/{identity_id}/unlink", identity_stream(found[0].name))
        await self._means.dispatch(command, why)
        async with self._means.records.connection() as connection:
            await identities.remove(connection, identity_id, account_id)
        await self._notices.tell_account(account_id, "identity_unlinked", identity_id, now)
