"""API keys of a seller's programs: in the name of one of its people, and never for more than they
may do themselves.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from commands.accounts import key_texts
from commands.accounts.keys import TOKEN_BYTES
from commands.accounts.means import Means, asked, cause
from commands.accounts.notices import Notices
from commands.accounts.owners import members_of
from commands.accounts.refusals import PermissionNotHeld, TooManyKeys
from commands.command import Actor
from commands.records.api_keys import queries as api_keys
from commands.records.api_keys.queries import New, Seen
from commands.streams.api_key.messages import IssueApiKey, RevokeApiKey
from commands.streams.api_key.refusals import ApiKeyUnknown
from commands.streams.membership.refusals import NoMember
from commands.streams.session.refusals import SessionIsOver
from eventstore.events.api_key import api_key_stream
from eventstore.identity import Member

KEYS_MAX = 50


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """`address` is where it is asked from; `replaces` the key that it takes the place of, which is
    good for `overlap` yet.
    """

    name: str
    permissions: tuple[str, ...]
    lifetime: timedelta
    address: str
    replaces: str = ""
    overlap: timedelta = timedelta(0)


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """`text` is shown this once."""

    key_id: str
    text: str
    permissions: tuple[str, ...]
    expires_at: datetime


class ApiKeys:
    def __init__(self, means: Means, notices: Notices) -> None:
        self._means = means
        self._notices = notices

    async def all_of(self, seller_id: str, now: datetime) -> list[Seen]:
        async with self._means.records.connection() as connection:
            return await api_keys.of_seller(connection, seller_id, now)

    async def issue(self, by: Actor, wanted: Wanted, now: datetime) -> Issued:
        """Raises `NoMember`, `PermissionNotHeld`, `TooManyKeys`, `LifetimeInvalid`."""
        member = await self._part(by)
        self._may_grant(wanted.permissions, member)
        if len(await self.all_of(by.subject, now)) >= KEYS_MAX:
            raise TooManyKeys
        text = key_texts.new(self._means.keys, self._means.draw(TOKEN_BYTES))
        new = New(
            key_id=self._means.new_id(),
            key_hash=key_texts.hash_of(text),
            hint=text[-key_texts.HINT_LETTERS :],
            seller_id=by.subject,
            account_id=by.account,
            member=member,
            name=wanted.name,
            permissions=wanted.permissions,
            made_at=now,
            expires_at=now + wanted.lifetime,
        )
        async with self._means.records.connection() as connection:
            await api_keys.add(connection, new)
        await self._say(by, new, wanted, now)
        await self._notices.tell_account(by.account, "api_key_issued", new.key_id, now)
        return Issued(
            key_id=new.key_id,
            text=text,
            permissions=new.permissions,
            expires_at=new.expires_at,
        )

    async def rotate(
        self, by: Actor, key_id: str, overlap: timedelta, address: str, now: datetime
    ) -> Issued:
        """Another like it; the one before is good for the overlap yet.

        Raises `ApiKeyUnknown`, `ApiKeyIsReplaced`, and what issuing raises.
        """
        before = await self._one(by.subject, key_id, now)
        wanted = Wanted(
            name=before.name,
            permissions=tuple(before.permissions),
            lifetime=before.expires_at - before.made_at,
            address=address,
            replaces=key_id,
            overlap=overlap,
        )
        issued = await self.issue(by, wanted, now)
        if not overlap:
            await self.revoke(by, key_id, now)
            return issued
        async with self._means.records.connection() as connection:
            await api_keys.shorten(connection, key_id, now + overlap)
        return issued

    async def revoke(self, by: Actor, key_id: str, now: datetime) -> int | None:
        """The position from which on it is refused; None if it was. Raises `ApiKeyUnknown`."""
        command = RevokeApiKey(key_id=key_id, seller_id=by.subject, **asked(by, now))
        position = None
        try:
            why = cause(f"api-key/{key_id}/revoke", api_key_stream(key_id))
            position = (await self._means.dispatch(command, why)).position
        except SessionIsOver:
            pass
        async with self._means.records.connection() as connection:
            await api_keys.end(connection, [key_id], now)
        return position

    async def _one(self, seller_id: str, key_id: str, now: datetime) -> Seen:
        for one in await self.all_of(seller_id, now):
            if one.key_id == key_id:
                return one
        raise ApiKeyUnknown(field="key_id")

    async def _part(self, by: Actor) -> Member:
        """As the log says now, whatever a token says."""
        async with self._means.records.connection() as connection:
            member = (await members_of(connection, by.subject)).of(by.account)
        if member is None:
            raise NoMember
        return member

    def _may_grant(self, permissions: Sequence[str], member: Member) -> None:
        held = self._means.grantable()
        for name in permissions:
            asked_for = held.get(name)
            if asked_for is None or (asked_for.members and member not in asked_for.members):
                raise PermissionNotHeld(
                    f"{name} is nothing that you hold and a key may have.", field="permissions"
                )

    async def _say(self, by: Actor, new: New, wanted: Wanted, now: datetime) -> None:
        command = IssueApiKey(
            key_id=new.key_id,
            seller_id=new.seller_id,
            account_id=new.account_id,
            member=new.member,
            permissions=new.permissions,
            expires_at=new.expires_at,
            address=wanted.address,
            replaces=wanted.replaces,
            overlap_until=now + wanted.overlap if wanted.replaces else None,
            **asked(by, now),
        )
        why = cause(f"api-key/{new.key_id}/issue", api_key_stream(new.key_id))
        await self._means.dispatch(command, why)
