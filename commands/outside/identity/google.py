"""Google: OpenID Connect as it is written."""

from typing import Annotated

import httpx
import msgspec
from msgspec import Meta

from commands.outside.identity.oidc import OpenIDConnect
from commands.outside.identity.provider import IdentityProvider, Kind


class GoogleSettings(msgspec.Struct, frozen=True, kw_only=True):
    client_id: Annotated[str, Meta(description="our id at Google; none, and it is off")] = ""
    client_secret: Annotated[str, Meta(description="our secret at Google")] = ""
    issuer: Annotated[str, Meta(description="Google's issuer")] = "https://accounts.google.com"


def make(settings: GoogleSettings, client: httpx.AsyncClient) -> IdentityProvider:
    return OpenIDConnect(settings.issuer, settings.client_id, settings.client_secret, client)


GOOGLE = Kind(name="google", settings=GoogleSettings, make=make)
