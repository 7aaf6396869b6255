"""The one guard of both APIs: who calls, and whether they hold what the route asks for.

A route that declares no permission is nobody's.
"""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from deploy.http.problems import problem, unauthenticated
from deploy.http.tokens import TokenInvalid
from eventstore.identity import Identity, Permission, named

POLICY_VIOLATION = 1008

type Authenticate = Callable[[str | None, datetime], Identity]


class Access:
    """A middleware in front of each route; the identity is then in the connection's state."""

    def __init__(self, authenticate: Authenticate, clock: Callable[[], datetime]) -> None:
        self._authenticate = authenticate
        self._clock = clock

    def middleware(self, app: ASGIApp) -> ASGIApp:
        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != ScopeType.HTTP:
                await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": ""})
                return
            if scope["method"] == "OPTIONS":
                await app(scope, receive, send)
                return
            asked: Permission | None = scope["route_handler"].opt.get("permission")
            if asked is None or not asked.anybody:
                refused = self._refusal(scope, asked)
                if refused is not None:
                    request: Request[Any, Any, State] = Request(scope)
                    answer = refused.to_asgi_response(None, request)  # pyright: ignore[reportUnknownMemberType]
                    await answer(scope, receive, send)
                    return
            await app(scope, receive, send)

        return guarded

    def _refusal(self, scope: Scope, asked: Permission | None) -> Response[Any] | None:
        given = next((value for name, value in scope["headers"] if name == b"authorization"), None)
        try:
            identity = self._authenticate(given.decode("latin-1") if given else None, self._clock())
        except TokenInvalid as error:
            return unauthenticated(error)
        if asked is None or not identity.may(asked):
            holders = f"for the roles {named(asked.roles)}" if asked else "for nobody"
            return problem(HTTPStatus.FORBIDDEN, "not-allowed", f"This is {holders}.")
        scope["state"]["identity"] = identity
        return None
