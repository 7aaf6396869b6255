"""Yandex ID: the profile is asked for by `Authorization: OAuth`, and no address is vouched for."""

import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler

from deploy.sandbox.identity.answers import Answer, form_of, refused, spent
from deploy.sandbox.identity.pages import authorize
from deploy.sandbox.identity.people import Desk, Grant

SCHEME = "OAuth "


class Yandex:
    def __init__(self, client_id: str, secret: str, clock: Callable[[], datetime]) -> None:
        self.desk = Desk(client_id, clock)
        self.secret = secret


def routes(yandex: Yandex) -> list[HTTPRouteHandler]:
    @get("/yandex/authorize", sync_to_thread=False)
    def page(request: Request[Any, Any, Any]) -> Answer:
        return authorize(yandex.desk, request)

    @post("/yandex/token", status_code=200)
    async def token(request: Request[Any, Any, Any]) -> Answer:
        form = await form_of(request)
        if not hmac.compare_digest(form.get("client_secret", "").encode(), yandex.secret.encode()):
            return refused("invalid_client")
        grant = spent(yandex.desk, form)
        if isinstance(grant, Response):
            return grant
        return Response(
            {
                "access_token": yandex.desk.token(grant),
                "expires_in": 31_536_000,
                "refresh_token": "1:sandbox",
                "token_type": "bearer",
            }
        )

    @get("/yandex/info", sync_to_thread=False)
    def info(request: Request[Any, Any, Any]) -> Answer:
        given = request.headers.get("Authorization", "")
        grant = yandex.desk.whose(given.removeprefix(SCHEME)) if given.startswith(SCHEME) else None
        if grant is None:
            return Response("", status_code=401)
        return Response(_profile(grant))

    return [page, token, info]


def _profile(grant: Grant) -> dict[str, Any]:
    person = grant.person
    foreign = person.subject.startswith("foreign")
    return {
        "id": person.subject,
        "psuid": f"1.AAA.{person.subject}",
        "login": person.subject,
        "client_id": "another-app" if foreign else grant.asked.client_id,
        "default_email": person.email,
        "emails": [person.email] if person.email else [],
        "display_name": person.subject,
    }
