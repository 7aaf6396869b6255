"""Refuses request targets that no store can hold, before any route sees them."""

from http import HTTPStatus

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

REFUSED = (
    b'{"type":"urn:market:problem:invalid-request","title":"Invalid request","status":400,'
    b'"detail":"The path and the query must not hold a NUL character.",'
    b'"errors":[{"field":"path","reason":"must not hold a NUL character"}]}'
)


def refuse_nul(app: ASGIApp) -> ASGIApp:
    """PostgreSQL text cannot hold a NUL: an id with one is nobody's."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and (
            "\x00" in scope["path"] or b"%00" in scope["query_string"]
        ):
            kind = (b"content-type", b"application/problem+json")
            await send(
                {
                    "type": "http.response.start",
                    "status": HTTPStatus.BAD_REQUEST,
                    "headers": [kind],
                }
            )
            await send({"type": "http.response.body", "body": REFUSED, "more_body": False})
            return
        await app(scope, receive, send)

    return guarded
