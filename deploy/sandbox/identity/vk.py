"""VK ID: a public client; the code goes with `device_id`, the profile comes by POST."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler

from deploy.sandbox.identity.answers import Answer, form_of, refused, spent
from deploy.sandbox.identity.pages import authorize
from deploy.sandbox.identity.people import Desk


class VK:
    def __init__(self, client_id: str, clock: Callable[[], datetime]) -> None:
        self.desk = Desk(client_id, clock)


def routes(vk: VK) -> list[HTTPRouteHandler]:
    @get("/vk/authorize", sync_to_thread=False)
    def page(request: Request[Any, Any, Any]) -> Answer:
        return authorize(vk.desk, request, with_device=True)

    @post("/vk/oauth2/auth", status_code=200)
    async def token(request: Request[Any, Any, Any]) -> Answer:
        form = await form_of(request)
        grant = spent(vk.desk, form)
        if isinstance(grant, Response):
            return grant
        # As the real one does, with 200.
        if form.get("device_id") != grant.device_id or form.get("state") != grant.asked.state:
            return refused("invalid_grant", 200)
        stale = grant.person.subject.startswith("stale")
        return Response(
            {
                "access_token": vk.desk.token(grant),
                "refresh_token": "vk2.sandbox",
                "expires_in": 3600,
                "user_id": _number(grant.person.subject),
                "state": "another" if stale else grant.asked.state,
                "scope": "vkid.personal_info email",
            }
        )

    @post("/vk/oauth2/user_info", status_code=200)
    async def info(request: Request[Any, Any, Any]) -> Answer:
        form = await form_of(request)
        grant = vk.desk.whose(form.get("access_token", ""))
        if grant is None or form.get("client_id") != grant.asked.client_id:
            return refused("invalid_token", 200)
        foreign = grant.person.subject.startswith("foreign")
        shown = "1" if foreign else _number(grant.person.subject)
        user = {"user_id": shown, "first_name": "Anna", "last_name": "", "verified": False}
        if grant.person.email:
            user["email"] = grant.person.email
        return Response({"user": user})

    return [page, token, info]


def _number(subject: str) -> int | str:
    """Ids of VK's are numbers, told as such."""
    return int(subject) if subject.isdecimal() else subject
