"""What stands around a whole application: headers on every answer, and no card number comes in."""

from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

import msgspec

from deploy.http.asgi import Application, Message, Receive, Send
from deploy.http.edge.cards import field_with_card, holds_card, suspicious
from deploy.http.problems import MEDIA_TYPE, TYPE, FieldError, Problem

SECURITY: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains"),
    (b"x-content-type-options", b"nosniff"),
)
NAMES = frozenset(name for name, _ in SECURITY)
# A token is no field, and a signature is not ours to read.
NOT_READ = frozenset({b"authorization"})
REASON = "looks like a card number; only a provider's token for a card may be sent here"

type RawHeaders = Iterable[tuple[bytes, bytes]]


class Guarded:
    """The application as the world may reach it."""

    def __init__(self, app: Application, body_bytes_max: int) -> None:
        self._app = app
        self._body_bytes_max = body_bytes_max

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _with_security(message.get("headers", ()))
            await send(message)

        place = _card_in_head(scope)
        if place is not None:
            await _refuse(secured, place)
            return
        if scope["method"] in {"GET", "HEAD", "OPTIONS"}:
            await self._app(scope, receive, secured)
            return
        await self._with_body(scope, receive, secured)

    async def _with_body(self, scope: Message, receive: Receive, send: Send) -> None:
        """The application sees the body when it is whole and was looked at.

        One that is too long is looked at by nobody: the application refuses it.
        """
        messages: list[Message] = []
        body = b""
        while len(body) <= self._body_bytes_max:
            message = await receive()
            messages.append(message)
            if message["type"] != "http.request":
                break
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        if len(body) <= self._body_bytes_max and suspicious(body):
            field = field_with_card(body)
            if field is not None:
                await _refuse(send, field)
                return
        messages.reverse()

        async def again() -> Message:
            return messages.pop() if messages else await receive()

        await self._app(scope, again, send)


def _with_security(headers: RawHeaders) -> list[tuple[bytes, bytes]]:
    """An answer's own policy stands: a page of ours has another."""
    given = list(headers)
    own = {name for name, _ in given} & NAMES
    return [*given, *(one for one in SECURITY if one[0] not in own)]


def _card_in_head(scope: Message) -> str | None:
    query = scope["query_string"]
    if suspicious(query) and holds_card(query.decode("latin-1").replace("+", " ")):
        return "query"
    path = scope.get("raw_path") or scope["path"].encode()
    if suspicious(path) and holds_card(unquote_to_bytes(path).decode("utf-8", "replace")):
        return "path"
    for name, value in scope["headers"]:
        if name not in NOT_READ and suspicious(value) and holds_card(value.decode("latin-1")):
            return str(name, "latin-1")
    return None


async def _refuse(send: Send, field: str) -> None:
    body = msgspec.json.encode(
        Problem(
            type=TYPE + "card-number-refused",
            title="Card number refused",
            status=HTTPStatus.BAD_REQUEST,
            detail=f"{field}: {REASON}.",
            errors=[FieldError(field, REASON)],
        )
    )
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
    ]
    await send(
        {"type": "http.response.start", "status": HTTPStatus.BAD_REQUEST, "headers": headers}
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
