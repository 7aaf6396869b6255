"""The embedded stack's gateway: GET, HEAD and OPTIONS to the read API, others to the write API.

In production nginx does this (deploy/nginx).
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import httpx

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
        self._ports = {"write": write_port, "read": read_port}
        limits = httpx.Limits(max_connections=CONNECTIONS_MAX, max_keepalive_connections=64)
        self._transport = httpx.AsyncHTTPTransport(limits=limits, retries=1)

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
        await self._transport.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["path"] == "/ping":
            await _answer(send, 200, [(b"content-type", b"text/plain")], b"pong")
            return
        try:
            request = await self._request(scope, receive)
            response = await self._transport.handle_async_request(request)
            body = await response.aread()
        except BodyTooLarge:
            await _problem(send, 413, TOO_LARGE)
        except httpx.TransportError:
            await _problem(send, 503, UNREACHABLE, [(b"retry-after", b"1")])
        else:
            await _answer(send, response.status_code, _kept(response.headers.raw), body)

    async def _request(self, scope: Message, receive: Receive) -> httpx.Request:
        port = self._ports[_side(scope)]
        query = scope["query_string"]
        target = scope["raw_path"] + (b"?" + query if query else b"")
        url = httpx.URL(scheme="http", host="127.0.0.1", port=port, raw_path=target)
        headers = [*_kept(scope["headers"]), (b"host", b"127.0.0.1")]
        body = await _body(receive)
        return httpx.Request(scope["method"], url, headers=headers, content=body)


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
