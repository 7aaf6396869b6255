"""What a provider of identities is asked, and what it may say.

It is asked while somebody waits, and nothing is owed: who is not let in begins again.
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any, Protocol

import httpx
import msgspec

from commands.refusals import Forbidden


class IdentityRefused(Forbidden):
    """The provider does not say who this is: begin again."""


class ProviderAway(Exception):
    """The provider did not answer, or nothing that is understood: no outcome of any kind."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody is sent to a provider with, and is known by when they come back."""

    redirect_uri: str
    state: str
    nonce: str
    verifier: str

    @property
    def challenge(self) -> str:
        """Of PKCE, S256."""
        digest = sha256(self.verifier.encode()).digest()
        return urlsafe_b64encode(digest).decode().rstrip("=")


class Callback(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider sent them back with; `device_id` is VK's."""

    code: str
    device_id: str = ""


class Who(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at a provider: issuer and subject, and nothing else, say who.

    `email_verified` only if the provider vouches for it.
    """

    issuer: str
    subject: str
    email: str = ""
    email_verified: bool = False


class IdentityProvider(Protocol):
    async def page(self, asked: Asked) -> str:
        """Where somebody is sent to. Raises `ProviderAway`."""
        ...

    async def who(self, asked: Asked, callback: Callback, now: datetime) -> Who:
        """Raises `IdentityRefused` or `ProviderAway`."""
        ...


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the providers. `settings` are what the environment must say, under its name;
    without a `client_id` among them there is no such provider. `make(settings, client)` gives it.
    """

    name: str
    settings: type[Any]
    make: Callable[[Any, httpx.AsyncClient], IdentityProvider]


type IdentityProviders = Mapping[str, IdentityProvider]
