"""What stands behind the gateway in the framing fuzzer: our real protocols, and a server that errs.

Every request has an id of its own, in its path and in a header; every answer says whose it is.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httptools
import uvicorn
from uvicorn.server import ServerState

from deploy.http.protocol import Protocol

ID = b"x-correlation-id"
HOST = "127.0.0.1"
WANTED = ("ok", "slow", "early", "none", "unchanged", "stream", "fail", "cut")
ERRORS = (
    "ok", "continue", "hints", "twice", "late", "no-content", "late-body", "unframed", "cut", "silent",
    "other-mark", "no-mark", "garbage", "line-end", "switch", "both-lengths", "early", "early-end",
)  # fmt: skip


async def honest(scope: Any, receive: Any, send: Any) -> None:
    """An application that answers early, late, in parts, with nothing, or breaks down."""
    if scope["type"] != "http":
        return
    headers = dict(scope["headers"])
    _, _, own, wanted = scope["path"].split("/")[:4]
    ident = headers.get(ID, b"none")
    if wanted == "slow" or b"read-after" in headers:
        await asyncio.sleep(0.002)
    size = 0
    if wanted != "early":
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            size += len(message["body"])
            more = message["more_body"]
    body = b'{"id":"%s","asked":"%s","bytes":%d}' % (ident, own.encode(), size)
    status = {"early": 401, "none": 204, "unchanged": 304}.get(wanted, 200)
    sent = [(ID, ident)]
    if wanted == "cut":
        sent.append((b"content-length", b"1000"))
    if wanted in {"ok", "slow", "early"}:
        sent.append((b"content-length", b"%d" % len(body)))
    if wanted == "fail":
        raise RuntimeError(wanted)
    await send({"type": "http.response.start", "status": status, "headers": sent})
    if status in {204, 304}:
        body = b""
    half = len(body) // 2
    await send({"type": "http.response.body", "body": body[:half], "more_body": True})
    if wanted == "cut":
        raise RuntimeError(wanted)
    await send({"type": "http.response.body", "body": body[half:]})


def uvicorn_connections(app: object, protocol: type[Protocol]) -> Callable[[], Protocol]:
    """Connections as uvicorn makes them."""
    config = uvicorn.Config(app, lifespan="off", log_level="critical", access_log=False, ws="none")  # type: ignore[arg-type]
    config.load()
    state = ServerState()
    return lambda: protocol(config=config, server_state=state, app_state={})


@contextlib.asynccontextmanager
async def listening(*factories: Callable[[], asyncio.Protocol]) -> AsyncIterator[list[int]]:
    """A server for each kind of connection; their ports."""
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(factory, HOST, 0) for factory in factories]
    try:
        yield [server.sockets[0].getsockname()[1] for server in servers]
    finally:
        for server in servers:
            server.close()
        await asyncio.sleep(0)


class Erring(asyncio.Protocol):
    """Frames requests rightly and answers wrongly, as the request's path says."""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        if not self.transport.is_closing():
            self.parser.feed_data(data)

    def on_message_begin(self) -> None:
        self.url = b""
        self.headers: dict[bytes, bytes] = {}

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        self.wanted = self.url.split(b"/")[3].split(b"?")[0].decode()
        if self.wanted.startswith("early"):
            self.write(self.answer(b"401 No"))
            if self.wanted == "early-end":
                self.transport.close()

    def answer(self, status: bytes = b"200 OK", framing: bytes = b"", marked: bool = True) -> bytes:
        ident = self.headers.get(ID, b"none")
        body = b'{"id":"%s"}' % ident
        mark = self.headers.get(b"gateway-request")
        head = b"HTTP/1.1 %s\r\n%s: %s\r\n" % (status, ID, ident)
        if mark and marked:
            head += b"gateway-request: %s\r\n" % mark
        return head + (framing or b"content-length: %d\r\n" % len(body)) + b"\r\n" + body

    def write(self, data: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(data)

    def later(self, data: bytes) -> None:
        asyncio.get_running_loop().call_later(0.001, self.write, data)

    def on_message_complete(self) -> None:
        whole = self.answer()
        match self.wanted:
            case "early" | "early-end":
                pass
            case "continue":
                self.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                self.later(whole)
            case "hints":
                hints = b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\ncontent-length: 3\r\n\r\n"
                self.write(hints * 3 + whole)
            case "late":
                self.write(whole)
                self.later(whole)
            case "no-content":
                self.write(self.answer(b"204 No Content"))
            case "late-body":
                self.write(self.answer(b"304 Not Modified").partition(b"{")[0])
                self.later(whole)
            case "unframed":
                self.write(self.answer(framing=b"x-none: 1\r\n"))
                self.transport.close()
            case "cut":
                self.write(whole[:-3])
                self.transport.close()
            case "silent":
                self.transport.close()
            case _:
                self.write(self.at_once(whole))

    def at_once(self, whole: bytes) -> bytes:
        """An answer that is wrong in itself, or with what stands behind it; or a right one."""
        match self.wanted:
            case "other-mark":
                self.headers[b"gateway-request"] = b"0-0"
                return self.answer()
            case "no-mark":
                return self.answer(marked=False)
            case "switch":
                switch = b"HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"
                return switch + whole
            case "both-lengths":
                both = b"content-length: 5\r\ntransfer-encoding: chunked\r\n"
                return self.answer(framing=both)
            case _:
                after = {"twice": whole, "garbage": b"\x00\xff HTTP", "line-end": b"\r\n"}
                return whole + after.get(self.wanted, b"")
