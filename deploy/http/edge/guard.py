"""What stands around a whole application: no card number comes in."""

import re
from http import HTTPStatus
from urllib.parse import unquote_to_bytes

import msgspec

from deploy.http.asgi import Application, Message, Receive, Send
from deploy.http.edge.cards import field_with_card, holds_card, suspicious
from deploy.http.problems import MEDIA_TYPE, TYPE, FieldError, Problem

BODILESS = frozenset({"GET", "HEAD", "OPTIONS"})
# Of the headers this one is kept. Others are written by programs, and hold addresses, cookies and
# signatures: there only a value that is a number as people write it is one.
KEPT = b"idempotency-key"
AS_WRITTEN = re.compile(rb"[0-9][0-9 -]{12,40}")
# Verified by their signatures, and with providers' own ids in them.
DELIVERIES = b"/v1/webhooks/"
REASON = "looks like a card number; only a provider's token for a card may be sent here"


class Guarded:
    """The application, which sees no request with a card number in it."""

    def __init__(self, app: Application, body_bytes_max: int) -> None:
        self._app = app
        self._body_bytes_max = body_bytes_max

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body, again = b"", receive
        if scope["method"] not in BODILESS:
            body, again = await _body(receive, self._body_bytes_max)
        if _is_suspicious(scope, body):
            field = _card_in(scope, body)
            if field is not None:
                await _refuse(send, field)
                return
        await self._app(scope, again, send)


async def _body(receive: Receive, most: int) -> tuple[bytes, Receive]:
    """The body, and what gives it to the application once more.

    One that is longer is looked at by nobody: the application refuses it.
    """
    message = await receive()
    messages = [message]
    body: bytes = message.get("body", b"")
    while message.get("more_body") and len(body) <= most:
        message = await receive()
        messages.append(message)
        body += message.get("body", b"")

    async def again() -> Message:
        return messages.pop(0) if messages else await receive()

    return (body if len(body) <= most else b""), again


def _is_suspicious(scope: Message, body: bytes) -> bool:
    """In one pass over all of it: a letter between the parts ends a number that is none."""
    values = [value for _, value in scope["headers"]]
    return suspicious(b"a".join([scope["raw_path"], scope["query_string"], body, *values]))


def _card_in(scope: Message, body: bytes) -> str | None:
    if scope["raw_path"].startswith(DELIVERIES):
        return None
    if holds_card(scope["query_string"].decode("latin-1").replace("+", " ")):
        return "query"
    if holds_card(unquote_to_bytes(scope["raw_path"]).decode("utf-8", "replace")):
        return "path"
    for name, value in scope["headers"]:
        if (name == KEPT or AS_WRITTEN.fullmatch(value)) and holds_card(value.decode("latin-1")):
            return str(name, "latin-1")
    return field_with_card(body) if suspicious(body) else None


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
