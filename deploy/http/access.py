"""The one guard of both APIs: who calls, and whether they hold what the route asks for.

A route that declares no permission is nobody's.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.datastructures import State
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from psycopg_pool import PoolTimeout

from deploy.http.api_keys import ApiKeys
from deploy.http.attempts import Note, noting
from deploy.http.edge.client_address import ClientAddress
from deploy.http.edge.limits import Limits, headers_of, refusal
from deploy.http.edge.windows import Verdict
from deploy.http.problems import problem, unauthenticated
from deploy.http.tokens import RevocationsUnknown, TokenInvalid
from eventstore.away import DATABASE_AWAY
from eventstore.identity import Identity, Permission, is_staff, named

POLICY_VIOLATION = 1008
# How long a second factor that was shown counts for what asks for one.
FRESH = timedelta(minutes=5)
STEP_UP = (
    "Show a second factor first (POST /v1/step-ups), then repeat with the token that it answers."
)


def _telling(verdict: Verdict, send: Send) -> Send:
    told = headers_of(verdict)

    async def telling(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *told]
        await send(message)

    return telling


def _is_fresh(identity: Identity, now: datetime, *, by_hand: bool) -> bool:
    """A token that no session gave was made by hand: that is enough where `by_hand` says so."""
    if not identity.session:
        return by_hand
    return identity.factor_at is not None and now - identity.factor_at <= FRESH


def _away(error: Exception) -> Response[Any]:
    known = isinstance(error, RevocationsUnknown)
    why = error.__doc__ if known else "Whether the API key is good nobody can say at the moment."
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "unavailable",
        f"{why} Send the request again.",
        headers={"Retry-After": "1"},
    )


type Authenticate = Callable[[str | None, datetime], Identity]


class Access:
    """A middleware in front of each route; the identity is then in the connection's state.

    `revoked` raises `TokenInvalid` or `RevocationsUnknown`; `note` keeps what staff was refused.
    `by_hand`: a token that no session gave counts as one that has shown a second factor.
    """

    def __init__(
        self,
        authenticate: Authenticate,
        clock: Callable[[], datetime],
        limits: Limits | None = None,
        addresses: ClientAddress | None = None,
        revoked: Callable[[Identity], None] = lambda _: None,
        note: Note | None = None,
        keys: ApiKeys | None = None,
        *,
        by_hand: bool = True,
    ) -> None:
        self._by_hand = by_hand
        self._authenticate = authenticate
        self._keys = keys
        self._revoked = revoked
        self._note = note
        self._clock = clock
        self._limits = limits
        self._addresses = addresses or ClientAddress("", 0)

    def middleware(self, app: ASGIApp) -> ASGIApp:
        async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != ScopeType.HTTP:
                await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": ""})
                return
            if scope["method"] == "OPTIONS":
                await app(scope, receive, send)
                return
            opt = scope["route_handler"].opt
            asked: Permission | None = opt.get("permission")
            refused = None
            if asked is None or not asked.anybody:
                refused = await self._refusal(scope, asked, step_up=bool(opt.get("step_up")))
                send = self._noting(scope, send)
            if self._limits is not None and not opt.get("unlimited"):
                verdict = await self._verdict(self._limits, scope)
                if verdict is not None:
                    send = _telling(verdict, send)
                    refused = refused if verdict.allowed else refusal(verdict)
            if refused is None:
                await app(scope, receive, send)
                return
            request: Request[Any, Any, State] = Request(scope)
            answer = refused.to_asgi_response(None, request)  # pyright: ignore[reportUnknownMemberType]
            await answer(scope, receive, send)

        return guarded

    def _noting(self, scope: HTTPScope, send: Send) -> Send:
        known: Identity | None = scope["state"].get("known")
        if self._note is None or known is None or not is_staff(known.role):
            return send
        return noting(scope, known, self._note, send)

    async def _verdict(self, limits: Limits, scope: Scope) -> Verdict | None:
        """Who has no valid token is counted by address alone, guesses at tokens too."""
        client: tuple[str, int] | None = scope["client"]
        address = self._addresses.of(client[0] if client else "", scope["headers"])
        identity: Identity | None = scope["state"].get("identity")
        return await limits.check(address, identity)

    async def _identity(self, scope: Scope) -> Identity:
        given = next((value for name, value in scope["headers"] if name == b"authorization"), None)
        shown, now = given.decode("latin-1") if given else None, self._clock()
        if self._keys is not None and shown is not None and self._keys.is_one(shown):
            return await self._keys.identity(shown, now)
        return self._authenticate(shown, now)

    async def _refusal(
        self, scope: Scope, asked: Permission | None, *, step_up: bool
    ) -> Response[Any] | None:
        try:
            identity = await self._identity(scope)
            self._revoked(identity)
        except TokenInvalid as error:
            return unauthenticated(error)
        except (RevocationsUnknown, PoolTimeout, *DATABASE_AWAY) as error:
            return _away(error)
        # Known, if perhaps not let through.
        scope["state"]["known"] = identity
        if asked is None or not identity.may(asked):
            holders = f"for the roles {named(asked.roles)}" if asked else "for nobody"
            if asked and asked.members and identity.member:
                holders += f", of a seller's people for {', '.join(sorted(asked.members))}"
            return problem(HTTPStatus.FORBIDDEN, "not-allowed", f"This is {holders}.")
        if step_up and not _is_fresh(identity, self._clock(), by_hand=self._by_hand):
            return problem(HTTPStatus.FORBIDDEN, "step-up-required", STEP_UP)
        scope["state"]["identity"] = identity.acting(asked)
        return None
