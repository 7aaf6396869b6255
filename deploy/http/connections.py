"""A pool of HTTP/1.1 connections to one server, parsed by httptools.

The gateway and the importer pass tens of thousands of small requests on; a general client spends
ten times as long on each (see deploy/decisions/0008).
"""

import asyncio
from collections.abc import Iterable
from typing import Any, NamedTuple

import httptools

type Headers = list[tuple[bytes, bytes]]

IDLE_MAX = 64
# Less than servers keep a connection that is not used (uvicorn 5 s): what is sent while the
# server closes is lost, and only reads may simply be sent again.
IDLE_S = 3.0


class ServerUnreachable(ConnectionError):
    """No connection, or it broke before the whole answer was there."""


class Answer(NamedTuple):
    status: int
    headers: Headers
    body: bytes

    def header(self, name: bytes) -> bytes | None:
        """Names in lower case."""
        return next((value for key, value in self.headers if key.lower() == name), None)


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Answer] | None = None
        self.used = False
        self.open = False
        self.idle_since = 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self.open = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(ServerUnreachable(str(exc or "closed")))

    def send(self, data: bytes) -> asyncio.Future[Answer]:
        assert self._transport is not None
        self._parser = httptools.HttpResponseParser(self)
        self._headers: Headers = []
        self._body: list[bytes] = []
        self._waiter = asyncio.get_running_loop().create_future()
        self._transport.write(data)
        return self._waiter

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(ServerUnreachable(str(error)))
        self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name, value))

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        self.used = True
        if not self._parser.should_keep_alive():
            self.close()
        if self._waiter is not None and not self._waiter.done():
            answer = Answer(self._parser.get_status_code(), self._headers, b"".join(self._body))
            self._waiter.set_result(answer)

    def close(self) -> None:
        self.open = False
        if self._transport is not None:
            self._transport.close()


class Connections:
    """At most `connections_max` requests are under way; idle connections are kept."""

    def __init__(self, host: str, port: int, connections_max: int, timeout_s: float = 30.0) -> None:
        self._host = host
        self._port = port
        self._timeout_s = timeout_s
        self._idle: list[_Connection] = []
        self._places = asyncio.Semaphore(connections_max)

    async def request(
        self, method: str, target: bytes, headers: Iterable[tuple[bytes, bytes]], body: bytes = b""
    ) -> Answer:
        """Raises `ServerUnreachable`; a HEAD request is not for this client.

        A kept connection that the server closed meanwhile is replaced once, before any byte of
        an answer has come.
        """
        data = _request(method, target, self._host, headers, body)
        async with self._places:
            connection = self._take()
            if connection is not None:
                try:
                    return await self._exchange(connection, data)
                except ServerUnreachable:
                    if method != "GET":
                        raise
            return await self._exchange(await self._connect(), data)

    def _take(self) -> _Connection | None:
        while self._idle:
            connection = self._idle.pop()
            kept_s = asyncio.get_running_loop().time() - connection.idle_since
            if connection.open and kept_s < IDLE_S:
                return connection
            connection.close()
        return None

    async def _connect(self) -> _Connection:
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(_Connection, self._host, self._port)
        except OSError as error:
            raise ServerUnreachable(str(error)) from error
        return connection

    async def _exchange(self, connection: _Connection, data: bytes) -> Answer:
        try:
            async with asyncio.timeout(self._timeout_s):
                answer = await connection.send(data)
        except TimeoutError as error:
            connection.close()
            raise ServerUnreachable("no answer in time") from error
        except BaseException:
            connection.close()
            raise
        if connection.open and len(self._idle) < IDLE_MAX:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    def close(self) -> None:
        for connection in self._idle:
            connection.close()
        self._idle.clear()


def _request(
    method: str, target: bytes, host: str, headers: Iterable[tuple[bytes, bytes]], body: bytes
) -> bytes:
    lines = [method.encode() + b" " + target + b" HTTP/1.1", b"host: " + host.encode()]
    lines += [name + b": " + value for name, value in headers if name.lower() != b"content-length"]
    if body or method not in {"GET", "OPTIONS"}:
        lines.append(b"content-length: " + str(len(body)).encode())
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
