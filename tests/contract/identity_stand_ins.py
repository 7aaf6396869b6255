"""The stand-ins for providers of identities, served over HTTP, and a browser that goes there."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

import httpx
import msgspec
import uvicorn
from litestar import Litestar

from commands.outside.identity.google import GoogleSettings
from commands.outside.identity.provider import IdentityProvider
from commands.outside.identity.providers import IDENTITY_PROVIDERS
from commands.outside.identity.vk import VKSettings
from commands.outside.identity.yandex import YandexSettings
from deploy.sandbox.identity.people import Person
from deploy.sandbox.identity.routes import StandIns
from deploy.sandbox_identities import CLIENT_ID
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

    def has(self, provider: str, subject: str, email: str = "", *, verified: bool = False) -> str:
        """Somebody's subject there."""
        person = Person(subject=subject, email=email, email_verified=verified)
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
    app = Litestar(stand_ins.open_routes(), openapi_config=None, logging_config=None)
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    ready = threading.Event()
    startup = server.startup

    async def started(sockets: object = None) -> None:
        await startup()
        ready.set()

    server.startup = started  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert ready.wait(10)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Elsewhere(f"http://127.0.0.1:{port}", stand_ins, clock)
    finally:
        server.should_exit = True
        thread.join()
