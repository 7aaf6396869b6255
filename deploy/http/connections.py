"""A pool of HTTP/1.1 connections to one server, parsed by httptools.

The gateway and the importer pass tens of thousands of small requests on; aiohttp's client spends
more than twice as long on each, httpx 15 times (see deploy/decisions/0008 and 0014).

An answer is given to its request or to nobody. A connection carries one request at a time and is
used again only if the whole request was sent, exactly one whole answer came, and nothing after
it. With `marked` the server must also repeat the request's mark: what a kept connection brings
without it is refused.
"""

import asyncio
import itertools
import secrets
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, NamedTuple

import httptools

from deploy.http.hop import MARK, Headers, passed_on

IDLE_MAX = 64
# Less than servers keep a connection that is not used (uvicorn 5 s): what is sent while the
# server closes is lost, and only reads may simply be sent again.
IDLE_S = 3.0
READS = frozenset({"GET", "OPTIONS"})
# The answer to HEAD, or to a CONNECT that succeeds, is framed unlike all others.
METHODS = READS | {"POST", "PUT", "PATCH", "DELETE"}
SPACES = 2


class ServerUnreachable(ConnectionError):
    """No connection, or it broke before the whole answer was there."""


class RequestMalformed(ValueError):
    """A header or the target would be read as something else on the other side."""


class Answer(NamedTuple):
    """`headers` without those of the connection."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: bytes) -> bytes | None:
        """Names in lower case."""
        return next((value for key, value in self.headers if key.lower() == name), None)


class _Connection(asyncio.Protocol):
    """One request at a time; whatever is not exactly its answer ends the connection."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Answer] | None = None
        self._mark = b""
        self._fresh = True
        self.open = False
        self.idle_since = 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self.open = True

    def eof_received(self) -> None:
        self.open = False

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(str(exc or "the connection ended before the answer did"))

    def send(self, data: bytes, mark: bytes) -> asyncio.Future[Answer]:
        assert self._transport is not None
        assert self._waiter is None
        self._parser = httptools.HttpResponseParser(self)
        self._mark = mark
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        return self._waiter

    def data_received(self, data: bytes) -> None:
        if self._waiter is None:
            self.end()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(str(error))

    def on_message_begin(self) -> None:
        """Of an interim answer, of the answer, or of what nobody has asked for."""
        self._headers: Headers = []
        self._body: list[bytes] = []
        if self._waiter is None:
            self.end()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        """What still comes as a header is a trailer, which nobody here reads."""
        self._answered, self._headers = self._headers, []

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status == HTTPStatus.SWITCHING_PROTOCOLS:
            self._fail("the server left HTTP")
        if status < HTTPStatus.OK or self._waiter is None or self._waiter.done():
            return
        if self._mark and not self._is_marked():
            self._fail("the answer is to another request")
            return
        answer = Answer(status, passed_on(self._answered), b"".join(self._body))
        waiter, self._waiter = self._waiter, None
        self._fresh = False
        assert self._transport is not None
        # Who answers before the whole request is sent may take the rest of it for the next one.
        if not self._parser.should_keep_alive() or self._transport.get_write_buffer_size():
            self.end()
        waiter.set_result(answer)

    def _is_marked(self) -> bool:
        """On a new connection there is no other request; a proxy's answer has no mark."""
        marks = [value for name, value in self._answered if name.lower() == MARK]
        return marks == [self._mark] or (self._fresh and not marks)

    def _fail(self, reason: str) -> None:
        waiter, self._waiter = self._waiter, None
        self.end()
        if waiter is not None and not waiter.done():
            waiter.set_exception(ServerUnreachable(reason))

    def end(self) -> None:
        """At once: what is unsent or unread is nobody's."""
        self.open = False
        if self._transport is not None:
            self._transport.abort()


class Connections:
    """At most `connections_max` requests are under way; idle connections are kept.

    `timeout_s` is for one request, waiting for a place included.
    """

    def __init__(
        self,
        host: str,
        port: int,
        connections_max: int,
        timeout_s: float = 30.0,
        *,
        marked: bool = False,
    ) -> None:
        self._host = host
        self._port = port
        self._timeout_s = timeout_s
        self._idle: list[_Connection] = []
        self._places = asyncio.Semaphore(connections_max)
        self._marks = itertools.count() if marked else None
        self._name = secrets.token_hex(4)

    @property
    def full(self) -> bool:
        """Whether a request would have to wait for a place."""
        return self._places.locked()

    async def request(
        self, method: str, target: bytes, headers: Iterable[tuple[bytes, bytes]], body: bytes = b""
    ) -> Answer:
        """Raises `ServerUnreachable`, and `RequestMalformed` before anything is sent.

        What the hop is about in `headers` is left out: see `deploy/http/hop.py`. A read whose
        kept connection the server has closed meanwhile is sent once more.
        """
        mark = b"" if self._marks is None else b"%s-%x" % (self._name.encode(), next(self._marks))
        data = _request(method, target, self._host, mark, passed_on(headers), body)
        try:
            async with asyncio.timeout(self._timeout_s), self._places:
                connection = self._take()
                if connection is not None:
                    try:
                        return await self._exchange(connection, data, mark)
                    except ServerUnreachable:
                        if method not in READS:
                            raise
                return await self._exchange(await self._connect(), data, mark)
        except TimeoutError as error:
            raise ServerUnreachable("no answer in time") from error

    def _take(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            kept_s = asyncio.get_running_loop().time() - connection.idle_since
            if connection.open and kept_s < IDLE_S:
                return connection
            connection.end()
        return None

    async def _connect(self) -> _Connection:
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(_Connection, self._host, self._port)
        except OSError as error:
            raise ServerUnreachable(str(error)) from error
        return connection

    async def _exchange(self, connection: _Connection, data: bytes, mark: bytes) -> Answer:
        try:
            answer = await connection.send(data, mark)
        except BaseException:
            connection.end()
            raise
        if connection.open and len(self._idle) < IDLE_MAX:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.append(connection)
        else:
            connection.end()
        return answer

    def close(self) -> None:
        for connection in self._idle:
            connection.end()
        self._idle.clear()


def _request(
    method: str, target: bytes, host: str, mark: bytes, headers: Headers, body: bytes
) -> bytes:
    """The whole request as bytes. Raises `RequestMalformed`."""
    if method not in METHODS:
        raise RequestMalformed(f"{method} is not for this client")
    lines = [method.encode() + b" " + target + b" HTTP/1.1", b"host: " + host.encode()]
    if mark:
        lines.append(MARK + b": " + mark)
    lines += [name + b": " + value for name, value in headers]
    if body or method not in READS:
        lines.append(b"content-length: %d" % len(body))
    head = b"\r\n".join(lines)
    ends = len(lines) - 1
    if head.count(b"\r") != ends or head.count(b"\n") != ends or b"\0" in head:
        raise RequestMalformed("a header or the target holds a line break or a NUL")
    if lines[0].count(b" ") != SPACES or not target.startswith(b"/"):
        raise RequestMalformed("the target is not a path")
    return head + b"\r\n\r\n" + body
