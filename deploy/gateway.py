"""The embedded stack's gateway: GET, HEAD and OPTIONS to the read API, others to the write API,
and what providers deliver by GET or somebody has kept on the write side.

In production nginx does this (deploy/nginx).
"""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

from deploy.embedded.ports import HOST
from deploy.http.asgi import Message, Receive, Send
from deploy.http.connections import Answer, Connections, RequestMalformed, ServerUnreachable
from deploy.http.edge.headers import with_security
from deploy.http.hop import forwarded, passed_on, without_cookies

READS = frozenset({"GET", "HEAD", "OPTIONS"})
WEBHOOKS = "/v1/webhooks/"
# What is kept of somebody and is in no read model.
OWN = "/v1/me/"
METHODS = READS | {"POST", "PUT", "PATCH", "DELETE"}
BODY_BYTES_MAX = 1024 * 1024
CONNECTIONS_MAX = 256
# A waiting read costs the read API a future and both sides a connection.
WAITING_MAX = 1_024
BODILESS = frozenset({204, 304})


def _problem(status: int, code: str, title: str, detail: str) -> tuple[int, bytes]:
    text = (
        f'{{"type":"urn:market:problem:{code}","title":"{title}",'
        f'"status":{status},"detail":"{detail}"}}'
    )
    return status, text.encode()


MALFORMED = _problem(400, "invalid-request", "Invalid request", "The target must be a path.")
NO_METHOD = _problem(405, "method-not-allowed", "Method not allowed", "There is no such method.")
TOO_LARGE = _problem(
    413, "request-entity-too-large", "Request entity too large", "A body may have 1 MiB at most."
)
UNREACHABLE = _problem(
    503,
    "unavailable",
    "Unavailable",
    "The API behind the gateway does not answer. Send the request again.",
)
TOO_MANY_WAIT = _problem(
    503, "overloaded", "Overloaded", "Too many reads wait for their Read-After. Come again."
)


RETRY = [(b"retry-after", b"1")]
ALLOW = [(b"allow", b", ".join(sorted(method.encode() for method in METHODS)))]


class BodyTooLarge(Exception):
    """More than `BODY_BYTES_MAX` came in, or is announced."""


class ClientLeft(Exception):
    """The connection ended before the request was there, or before it was answered."""


class Gateway:
    """A thin ASGI dispatcher with one pool of connections to each API, and one for waiting.

    Reads that may wait hold places of their own: however many wait, others are answered.
    """

    def __init__(self, write_port: int, read_port: int) -> None:
        self._write = Connections(HOST, write_port, CONNECTIONS_MAX, marked=True)
        self._read = Connections(HOST, read_port, CONNECTIONS_MAX, marked=True)
        self._waiting = Connections(HOST, read_port, WAITING_MAX, marked=True)

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
        self.close()
        await send({"type": "lifespan.shutdown.complete"})

    def close(self) -> None:
        for api in (self._write, self._read, self._waiting):
            api.close()

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        names = {name for name, _ in scope["headers"]}
        # After an upgrade the client would go on in another protocol, which nobody here speaks.
        ending = b"upgrade" in names
        try:
            body = await _body(scope, receive)
            answer = await self._answer_to(scope, receive, names, body)
        except ClientLeft:
            return
        except BodyTooLarge:
            # Who was told so instead of "100 Continue" may or may not send the body.
            await _refuse(send, TOO_LARGE, ending=ending or b"expect" in names)
        except RequestMalformed:
            await _refuse(send, MALFORMED, ending=ending)
        except ServerUnreachable:
            await _refuse(send, UNREACHABLE, RETRY, ending=ending)
        else:
            await _send(send, answer, ending=ending, is_head=scope["method"] == "HEAD")

    async def _answer_to(
        self, scope: Message, receive: Receive, names: set[bytes], body: bytes
    ) -> Answer:
        method = scope["method"]
        if scope["path"] == "/ping":
            return Answer(200, [(b"content-type", b"text/plain")], b"pong")
        if method not in METHODS:
            return _as_answer(NO_METHOD, ALLOW)
        query = scope["query_string"]
        headers = forwarded(passed_on(scope["headers"]), scope["client"])
        target = scope["raw_path"] + (b"?" + query if query else b"")
        # The answer to HEAD is that to GET without its body.
        asked = "GET" if method == "HEAD" else method
        if method not in READS or _is_written(method, scope["path"]):
            return await self._write.request(asked, target, headers, body)
        headers = without_cookies(headers)
        if b"read-after" not in names:
            return await self._read.request(asked, target, headers, body)
        if self._waiting.full:
            return _as_answer(TOO_MANY_WAIT, RETRY)
        return await _while_there(receive, self._waiting.request(asked, target, headers, body))


def _is_written(method: str, path: str) -> bool:
    """Some providers deliver by GET. A HEAD delivers nothing: it would be asked as a GET."""
    if path.startswith(("/schema/write", OWN)):
        return True
    return method == "GET" and path.startswith(WEBHOOKS)


async def _while_there(receive: Receive, asked: Coroutine[Any, Any, Answer]) -> Answer:
    """Raises `ClientLeft`; then the request is broken off, and its place is free."""
    asking = asyncio.ensure_future(asked)
    leaving = asyncio.ensure_future(_until_gone(receive))
    try:
        await asyncio.wait((asking, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not asking.done():
            raise ClientLeft
        return asking.result()
    finally:
        asking.cancel()
        leaving.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _body(scope: Message, receive: Receive) -> bytes:
    """The whole body. Raises `BodyTooLarge` and `ClientLeft`."""
    for name, value in scope["headers"]:
        if name == b"content-length" and int(value) > BODY_BYTES_MAX:
            raise BodyTooLarge
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        part = message.get("body", b"")
        size += len(part)
        if size > BODY_BYTES_MAX:
            raise BodyTooLarge
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _as_answer(problem: tuple[int, bytes], more: Iterable[tuple[bytes, bytes]] = ()) -> Answer:
    status, body = problem
    return Answer(status, [(b"content-type", b"application/problem+json"), *more], body)


async def _refuse(
    send: Send,
    problem: tuple[int, bytes],
    more: Iterable[tuple[bytes, bytes]] = (),
    *,
    ending: bool,
) -> None:
    await _send(send, _as_answer(problem, more), ending=ending, is_head=False)


async def _send(send: Send, answer: Answer, *, ending: bool, is_head: bool) -> None:
    """With a length of our own; `ending` closes the client's connection after it."""
    headers = with_security(answer.headers)
    if answer.status not in BODILESS:
        headers.append((b"content-length", b"%d" % len(answer.body)))
    if ending:
        headers.append((b"connection", b"close"))
    body = b"" if is_head or answer.status in BODILESS else answer.body
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
