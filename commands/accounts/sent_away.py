"""Sent to a provider of identities and back.

Who comes back must bring what they were sent with, and name the ceremony that was begun in the same
browser: what somebody else has begun leads nowhere.
"""

import hmac
from collections.abc import Awaitable
from datetime import datetime, timedelta

import msgspec

from commands.accounts.means import Means
from commands.accounts.refusals import (
    IdentityProviderAway,
    IdentityProviderUnknown,
    RedirectRefused,
)
from commands.outside.identity.provider import (
    Asked,
    Callback,
    IdentityProvider,
    IdentityRefused,
    ProviderAway,
    Who,
)
from commands.records.identities import queries as identities
from commands.records.identities.queries import Ceremony, Named
from eventstore.identity import Surface

LIFETIME = timedelta(minutes=10)


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """`url` is where the browser goes; `ceremony_id` stays in the page that has asked."""

    ceremony_id: str
    url: str
    expires_at: datetime


class Back(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody brings back from a provider; `device_id` is VK's."""

    ceremony_id: str
    state: str
    code: str
    device_id: str = ""


class Returned(msgspec.Struct, frozen=True):
    """Who it is, and what they were sent for. `name` is the identity's keyed hash."""

    ceremony: Ceremony
    who: Who
    name: str

    @property
    def named(self) -> Named:
        return Named(self.ceremony.provider, self.who.issuer, self.who.subject)


class Ceremonies:
    def __init__(self, means: Means) -> None:
        self._means = means

    async def begin(
        self,
        provider: str,
        redirect_uri: str,
        now: datetime,
        *,
        account_id: str = "",
        surface: Surface = "buyer",
        seller_id: str = "",
    ) -> Begun:
        """To sign in, or for an account to link it.

        Raises `IdentityProviderUnknown`, `RedirectRefused`, `IdentityProviderAway`.
        """
        if redirect_uri not in self._means.elsewhere.redirect_uris:
            raise RedirectRefused(field="redirect_uri")
        ceremony = Ceremony(
            ceremony_id=self._means.new_id(),
            provider=provider,
            redirect_uri=redirect_uri,
            account_id=account_id,
            surface=surface,
            seller_id=seller_id,
        )
        url = await _answered(self._provider(provider).page(self._sent(ceremony)))
        async with self._means.records.connection() as connection:
            await identities.begin(connection, ceremony, now + LIFETIME)
        return Begun(ceremony_id=ceremony.ceremony_id, url=url, expires_at=now + LIFETIME)

    async def back(self, back: Back, account_id: str, now: datetime) -> Returned:
        """Once for each ceremony, whatever comes of it.

        Raises `IdentityRefused`, the same for every reason, or `IdentityProviderAway`.
        """
        right = self._means.keys.elsewhere("state", back.ceremony_id)
        if not hmac.compare_digest(right.encode(), back.state.encode()):
            raise IdentityRefused(field="state")
        async with self._means.records.connection() as connection:
            ceremony = await identities.spend(connection, back.ceremony_id, account_id, now)
        if ceremony is None:
            raise IdentityRefused(field="ceremony_id")
        callback = Callback(code=back.code, device_id=back.device_id)
        provider = self._provider(ceremony.provider)
        who = await _answered(provider.who(self._sent(ceremony), callback, now))
        return Returned(ceremony, who, self.name(who.issuer, who.subject))

    def name(self, issuer: str, subject: str) -> str:
        """The identity's keyed hash."""
        return self._means.keys.contact("identity", f"{issuer}\0{subject}")

    def _provider(self, name: str) -> IdentityProvider:
        found = self._means.elsewhere.providers.get(name)
        if found is None:
            raise IdentityProviderUnknown(field="provider")
        return found

    def _sent(self, ceremony: Ceremony) -> Asked:
        keys, of = self._means.keys, ceremony.ceremony_id
        return Asked(
            redirect_uri=ceremony.redirect_uri,
            state=keys.elsewhere("state", of),
            nonce=keys.elsewhere("nonce", of),
            verifier=keys.elsewhere("verifier", of),
        )


async def _answered[T](answer: Awaitable[T]) -> T:
    try:
        return await answer
    except ProviderAway as error:
        raise IdentityProviderAway from error
