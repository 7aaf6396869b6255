"""The stand-ins' routes, which no key of the sandbox guards, and those that control them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, post
from litestar.handlers import HTTPRouteHandler

from deploy.sandbox.bodies import parse
from deploy.sandbox.errors import not_found
from deploy.sandbox.identity import google, vk, yandex
from deploy.sandbox.identity.google import Google
from deploy.sandbox.identity.people import Desk, Person
from deploy.sandbox.identity.vk import VK
from deploy.sandbox.identity.yandex import Yandex
from deploy.stand_ins import CLIENT_ID


class StandIns:
    """`secret` is what our side shows them."""

    def __init__(self, secret: str, clock: Callable[[], datetime]) -> None:
        self.google = Google(CLIENT_ID, secret, clock)
        self.yandex = Yandex(CLIENT_ID, secret, clock)
        self.vk = VK(CLIENT_ID, clock)

    @property
    def desks(self) -> dict[str, Desk]:
        return {
            "google": self.google.desk,
            "yandex": self.yandex.desk,
            "vk": self.vk.desk,
        }

    def open_routes(self) -> list[HTTPRouteHandler]:
        return [
            *google.routes(self.google),
            *yandex.routes(self.yandex),
            *vk.routes(self.vk),
        ]

    def control_routes(self) -> list[HTTPRouteHandler]:
        @post("/_control/people/{provider:str}", status_code=201)
        async def add(provider: str, request: Request[Any, Any, Any]) -> Person:
            """Somebody at a provider; the same subject again replaces them."""
            if provider not in self.desks:
                raise not_found("provider")
            person = parse(await request.body(), Person)
            self.desks[provider].add(person)
            return person

        @post("/_control/google/rotate", status_code=200, sync_to_thread=False)
        def rotate() -> Rotated:
            """Sign with a new key."""
            return Rotated(self.google.rotate())

        return [add, rotate]


class Rotated(msgspec.Struct, frozen=True):
    kid: str
