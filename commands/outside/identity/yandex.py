"""Yandex ID: OAuth 2.0 with a profile of its own, asked for by a scheme of its own.

It says nothing of whether an address is confirmed: it is taken for one that is not.
"""

from datetime import datetime
from typing import Annotated
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
    Who,
)

ISSUER = "https://oauth.yandex.ru"


class YandexSettings(msgspec.Struct, frozen=True, kw_only=True):
    client_id: Annotated[str, Meta(description="our id at Yandex; none, and it is off")] = ""
    client_secret: Annotated[str, Meta(description="our secret at Yandex")] = ""
    oauth: Annotated[str, Meta(description="where Yandex gives codes and tokens")] = ISSUER
    login: Annotated[str, Meta(description="where Yandex tells who it is")] = (
        "https://login.yandex.ru"
    )


class Yandex:
    def __init__(self, settings: YandexSettings, client: httpx.AsyncClient) -> None:
        self._settings = settings
        self._client = client

    async def page(self, asked: Asked) -> str:
        query = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": asked.redirect_uri,
            "scope": "login:email login:info",
            "state": asked.state,
            "code_challenge": asked.challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._settings.oauth}/authorize?{urlencode(query)}"

    async def who(self, asked: Asked, callback: Callback, now: datetime) -> Who:  # noqa: ARG002
        given = await ask(
            self._client,
            "POST",
            f"{self._settings.oauth}/token",
            form={
                "grant_type": "authorization_code",
                "code": callback.code,
                "code_verifier": asked.verifier,
                "client_id": self._settings.client_id,
                "client_secret": self._settings.client_secret,
            },
        )
        profile = await ask(
            self._client,
            "GET",
            f"{self._settings.login}/info?format=json",
            headers={"Authorization": f"OAuth {text(given, 'access_token')}"},
        )
        # A token that was given to another application says nothing to us.
        if text(profile, "client_id") != self._settings.client_id:
            raise IdentityRefused
        return Who(
            issuer=ISSUER, subject=text(profile, "id"), email=optional(profile, "default_email")
        )


def make(settings: YandexSettings, client: httpx.AsyncClient) -> IdentityProvider:
    return Yandex(settings, client)


YANDEX = Kind(name="yandex", settings=YandexSettings, make=make)
