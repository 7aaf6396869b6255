"""The embedded stack's gateway: GET, HEAD and OPTIONS to the read API, others to the write API.

In production nginx does this (deploy/nginx).
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from deploy.embedded.ports import HOST
from deploy.http.connections import Answer, Connections, ServerUnreachable

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Message]]
type Send = Callable[[Message], Awaitable[None]]

READS = frozenset({"GET", "HEAD", "OPTIONS"})
BODY_BYTES_MAX = 1024 * 1024
HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"te", b"trailer", b"host"}
)
CONNECTIONS_MAX = 256
TOO_LARGE = (
    b'{"type":"urn:market:problem:request-entity-too-large","title":"Request entity too large",'
    b'"status":413,"detail":"A body may have 1 MiB at most."}'
)
UNREACHABLE = (
    b'{"type":"urn:market:problem:unavailable","title":"Unavailable","status":503,'
    b'"detail":"The API behind the gateway does not answer. Send the request again."}'
)


class BodyTooLarge(Exception):
    """More than `BODY_BYTES_MAX` came in."""


class Gateway:
    """A thin ASGI dispatcher with one pool of connections to each API."""

    def __init__(self, write_port: int, read_port: int) -> None:
        self._apis = {
            "write": Connections(HOST, write_port, CONNECTIONS_MAX),
            "read": Connections(HOST, read_port, CONNECTIONS_MAX),
        }

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await self._http(scope, receive, send)
            case "lifespan":
                await self._lifespan(receive, send)
            case _:
                await send({"type": "websocket.close", "code": 1000})

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for api in self._apis.values():
            api.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["path"] == "/ping":
            await _answer(send, 200, [(b"content-type", b"text/plain")], b"pong")
            return
        try:
            answer = await self._pass_on(scope, await _body(receive))
        except BodyTooLarge:
            await _problem(send, 413, TOO_LARGE)
        except ServerUnreachable:
            await _problem(send, 503, UNREACHABLE, [(b"retry-after", b"1")])
        else:
            body = b"" if scope["method"] == "HEAD" else answer.body
            await _answer(send, answer.status, _kept(answer.headers), body)

    async def _pass_on(self, scope: Message, body: bytes) -> Answer:
        api = self._apis[_side(scope)]
        query = scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
        # The answer to HEAD is that to GET without its body.
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        return await api.request(method, target, _kept(scope["headers"]), body)


def _side(scope: Message) -> str:
    reads = scope["method"] in READS and not scope["path"].startswith("/schema/write")
    return "read" if reads else "write"


def _kept(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP]


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        part = message.get("body", b"")
        size += len(part)
        if size > BODY_BYTES_MAX:
            raise BodyTooLarge
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def _problem(
    send: Send, status: int, body: bytes, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    kind = (b"content-type", b"application/problem+json")
    await _answer(send, status, [kind, *headers], body)


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
