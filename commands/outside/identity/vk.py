"""VK ID: OAuth 2.1; a code is good only with the `device_id` that came with it.

It says nothing of whether an address is confirmed: it is taken for one that is not.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import httpx
import msgspec
from msgspec import Meta

from commands.outside.identity.asking import asked as ask
from commands.outside.identity.asking import optional, text
from commands.outside.identity.provider import (
    Asked,
    Callback,
    IdentityProvider,
    IdentityRefused,
    Kind,
    ProviderAway,
    Who,
)

ISSUER = "https://id.vk.ru"


class VKSettings(msgspec.Struct, frozen=True, kw_only=True):
    client_id: Annotated[str, Meta(description="our id at VK; none, and it is off")] = ""
    url: Annotated[str, Meta(description="where VK ID is")] = ISSUER


class VK:
    """A public client: PKCE stands for the secret."""

    def __init__(self, settings: VKSettings, client: httpx.AsyncClient) -> None:
        self._settings = settings
        self._client = client

    async def page(self, asked: Asked) -> str:
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": asked.redirect_uri,
            "scope": "vkid.personal_info email",
            "state": asked.state,
            "code_challenge": asked.challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._settings.url}/authorize?{urlencode(query)}"

    async def who(self, asked: Asked, callback: Callback, now: datetime) -> Who:  # noqa: ARG002
        if not callback.device_id:
            raise IdentityRefused(field="device_id")
        given = await ask(
            self._client,
            "POST",
            f"{self._settings.url}/oauth2/auth",
            form={
                "grant_type": "authorization_code",
                "code": callback.code,
                "code_verifier": asked.verifier,
                "client_id": self._settings.client_id,
                "device_id": callback.device_id,
                "redirect_uri": asked.redirect_uri,
                "state": asked.state,
            },
        )
        if not hmac.compare_digest(text(given, "state").encode(), asked.state.encode()):
            raise IdentityRefused
        answer = await ask(
            self._client,
            "POST",
            f"{self._settings.url}/oauth2/user_info",
            form={
                "client_id": self._settings.client_id,
                "access_token": text(given, "access_token"),
            },
        )
        user = _user(answer)
        if text(user, "user_id") != text(given, "user_id"):
            raise IdentityRefused
        return Who(issuer=ISSUER, subject=text(user, "user_id"), email=optional(user, "email"))


def _user(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    user: Any = answer.get("user")
    if not isinstance(user, dict):
        raise ProviderAway("VK's answer has no user")
    return msgspec.convert(user, dict[str, Any])


def make(settings: VKSettings, client: httpx.AsyncClient) -> IdentityProvider:
    return VK(settings, client)


VK_ID = Kind(name="vk", settings=VKSettings, make=make)
