"""Google: OpenID Connect as it is written.

It runs the mailboxes of gmail.com and of domains that it hosts (`hd`). Of others it says that they
were shown to it once: whose they are today it does not know.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import httpx
import msgspec
from msgspec import Meta

from commands.outside.identity.oidc import OpenIDConnect, says_verified
from commands.outside.identity.provider import IdentityProvider, Kind

OWN = "@gmail.com"


class GoogleSettings(msgspec.Struct, frozen=True, kw_only=True):
    client_id: Annotated[str, Meta(description="our id at Google; none, and it is off")] = ""
    client_secret: Annotated[str, Meta(description="our secret at Google")] = ""
    issuer: Annotated[str, Meta(description="Google's issuer")] = "https://accounts.google.com"


def vouches(claims: Mapping[str, Any]) -> bool:
    own = str(claims.get("email", "")).lower().endswith(OWN) or bool(claims.get("hd"))
    return says_verified(claims) and own


def make(settings: GoogleSettings, client: httpx.AsyncClient) -> IdentityProvider:
    return OpenIDConnect(
        settings.issuer, settings.client_id, settings.client_secret, client, vouches=vouches
    )


GOOGLE = Kind(name="google", settings=GoogleSettings, make=make)
