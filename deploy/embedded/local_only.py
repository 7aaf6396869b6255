"""Keeps web pages away from the servers on loopback: only programs of this machine are answered.

A page in a user's browser reaches every port of loopback: with a request across origins, or under
a name of its own that it has pointed here (DNS rebinding). Browsers say so in headers that a page
cannot leave out: `Origin`, `Sec-Fetch-Site`, and the name in `Host`.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

type Message = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[Any]]
type Send = Callable[[Any], Awaitable[None]]
type Application = Callable[[Any, Any, Any], Awaitable[None]]

NAMES: Final = (b"127.0.0.1", b"localhost", b"[::1]")
REFUSED: Final = b"Only programs on this machine are answered here.\n"


def is_local(headers: Mapping[bytes, bytes], port: int) -> bool:
    """Whether a program asks for loopback by one of its names. Header names in lower case."""
    if b"origin" in headers or headers.get(b"sec-fetch-site", b"none") != b"none":
        return False
    return headers.get(b"host", b"").lower() in {b"%b:%d" % (name, port) for name in NAMES}


def local_only(app: Application) -> Application:
    """The ASGI application, for requests of local programs; all others are answered 403."""

    async def guarded(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            hosts = [value for name, value in scope["headers"] if name == b"host"]
            if len(hosts) != 1 or not is_local(dict(scope["headers"]), scope["server"][1]):
                await _refuse(send)
                return
        elif scope["type"] != "lifespan":
            return
        await app(scope, receive, send)

    return guarded


async def _refuse(send: Send) -> None:
    headers = [
        (b"content-type", b"text/plain"),
        (b"content-length", b"%d" % len(REFUSED)),
        # Its body may not have been read.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": REFUSED})
