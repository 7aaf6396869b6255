"""The stand-ins for providers of identities, served over HTTP, and a browser that goes there."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec

from commands.outside.identity.google import GoogleSettings
from commands.outside.identity.provider import IdentityProvider
from commands.outside.identity.providers import IDENTITY_PROVIDERS
from commands.outside.identity.vk import VKSettings
from commands.outside.identity.yandex import YandexSettings
from deploy.sandbox.identity.people import Person
from deploy.sandbox.identity.routes import StandIns
from deploy.stand_ins import CLIENT_ID
from tests.contract.served import served
from tests.given import NOW

SECRET = "client-secret"
REDIRECT_URI = "https://shop.example/signed-in"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Elsewhere(msgspec.Struct, frozen=True):
    """The providers, and who can be there."""

    url: str
    stand_ins: StandIns
    clock: Clock

    def has(
        self,
        provider: str,
        subject: str,
        email: str = "",
        *,
        verified: bool = False,
        hosted: bool = True,
    ) -> str:
        """Somebody's subject there."""
        person = Person(subject=subject, email=email, email_verified=verified, hosted=hosted)
        self.stand_ins.desks[provider].add(person)
        return subject

    def adapters(self, client: httpx.AsyncClient) -> dict[str, IdentityProvider]:
        settings = {
            "google": GoogleSettings(
                client_id=CLIENT_ID, client_secret=SECRET, issuer=f"{self.url}/google"
            ),
            "yandex": YandexSettings(
                client_id=CLIENT_ID,
                client_secret=SECRET,
                oauth=f"{self.url}/yandex",
                login=f"{self.url}/yandex",
            ),
            "vk": VKSettings(client_id=CLIENT_ID, url=f"{self.url}/vk"),
        }
        return {kind.name: kind.make(settings[kind.name], client) for kind in IDENTITY_PROVIDERS}


def visited(page: str, subject: str) -> dict[str, str]:
    """What the browser of whoever clicks on that name is sent back with."""
    answer = httpx.get(
        page, params={**dict(parse_qsl(urlsplit(page).query)), "login_hint": subject}
    )
    assert answer.status_code in {302, 303, 307}, answer.text
    back = answer.headers["location"]
    assert back.startswith(REDIRECT_URI)
    return dict(parse_qsl(urlsplit(back).query))


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    clock = Clock()
    stand_ins = StandIns(SECRET, clock)
    with served(stand_ins.open_routes()) as url:
        yield Elsewhere(url, stand_ins, clock)
