"""Which pages of others may ask: an allow-list of origins, empty unless it is set.

Stands in front of the application, so that a preflight is answered for any path, by either API:
what it asks for says nothing yet.
"""

from collections.abc import Iterable
from http import HTTPStatus

from deploy.http.asgi import Application, Message, Receive, Send

METHODS = b"GET, HEAD, POST"
ALLOWED = (
    b"authorization, content-type, idempotency-key, if-match, read-after, read-wait-ms,"
    b" x-csrf-token"
)
EXPOSED = (
    b"etag, idempotency-replayed, log-position, ratelimit, ratelimit-policy, read-position,"
    b" retry-after"
)
MAX_AGE = b"600"
VARY = (b"vary", b"origin")


def origins_of(text: str) -> frozenset[str]:
    return frozenset(text.replace(",", " ").split())


def with_cors(app: Application, origins: frozenset[str]) -> Application:
    """The application itself where no page may ask: a layer that does nothing costs as well."""
    return CORS(app, origins) if origins else app


class CORS:
    """`origins` as browsers send them: scheme, host, and port if it is not the scheme's."""

    def __init__(self, app: Application, origins: Iterable[str]) -> None:
        self._app = app
        self._origins = frozenset(origin.encode() for origin in origins)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        origin = headers.get(b"origin")
        if origin not in self._origins:
            await self._app(scope, receive, _telling(send, [VARY]))
        elif scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            await _preflight(origin, send)
        else:
            told = [*_allowed(origin), (b"access-control-expose-headers", EXPOSED)]
            await self._app(scope, receive, _telling(send, told))


def _allowed(origin: bytes) -> list[tuple[bytes, bytes]]:
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        VARY,
    ]


def _telling(send: Send, told: list[tuple[bytes, bytes]]) -> Send:
    async def telling(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *told]
        await send(message)

    return telling


async def _preflight(origin: bytes, send: Send) -> None:
    headers = [
        *_allowed(origin),
        (b"access-control-allow-methods", METHODS),
        (b"access-control-allow-headers", ALLOWED),
        (b"access-control-max-age", MAX_AGE),
    ]
    status = HTTPStatus.NO_CONTENT
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
