"""The gateway between real connections: who is answered, who is refused, whose place is free."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from deploy import gateway as gateways
from deploy.gateway import Gateway, _is_written
from deploy.http.protocol import HEAD_BYTES_MAX, Protocol
from tests.property.framing_answers import read_answer
from tests.property.framing_servers import HOST, ID, honest, listening, uvicorn_connections

WITHIN_S = 10.0

type Scope = dict[str, Any]


class Api:
    """Answers whose request it was; with Read-After, only when told to."""

    def __init__(self) -> None:
        self.requests: list[Scope] = []
        self.waiting = 0
        self.left = 0
        self.go_on = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        self.requests.append(scope)
        if b"read-after" in dict(scope["headers"]):
            self.waiting += 1
            asked = await receive()
            gone = asyncio.ensure_future(receive())
            told = asyncio.ensure_future(self.go_on.wait())
            await asyncio.wait((gone, told), return_when=asyncio.FIRST_COMPLETED)
            self.left += gone.done()
            gone.cancel()
            told.cancel()
            self.waiting -= 1

            async def receive() -> Any:
                return asked

        await honest(scope, receive, send)


class Front:
    """A gateway between one API on both sides and whoever connects."""

    def __init__(self, gateway: Gateway, port: int, api: Api) -> None:
        self.gateway = gateway
        self.port = port
        self.api = api
        self._writers: list[asyncio.StreamWriter] = []

    async def send(self, *parts: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(HOST, self.port)
        self._writers.append(writer)
        for part in parts:
            writer.write(part)
            await writer.drain()
        return reader, writer

    async def ask(self, method: str, *parts: bytes) -> tuple[int, bytes]:
        reader, writer = await self.send(*parts)
        found = await read_answer(reader, method)
        writer.close()
        assert found is not None
        return found

    async def end(self) -> None:
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        self.gateway.close()


@contextlib.asynccontextmanager
async def a_front() -> AsyncIterator[Front]:
    api = Api()
    async with listening(uvicorn_connections(api, Protocol)) as (port,):
        gateway = Gateway(port, port)
        async with listening(uvicorn_connections(gateway, Protocol)) as (front_port,):
            front = Front(gateway, front_port, api)
            try:
                yield front
            finally:
                await front.end()


def play(client: Callable[[Front], Awaitable[None]]) -> None:
    async def run() -> None:
        async with asyncio.timeout(WITHIN_S * 2), a_front() as front:
            await client(front)

    asyncio.run(run())


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not is_so():
            await asyncio.sleep(0.005)


def request(ident: bytes, *headers: bytes, method: bytes = b"GET", body: bytes = b"") -> bytes:
    lines = [b"%s /r/%s/ok HTTP/1.1" % (method, ident), b"Host: x", ID + b": " + ident, *headers]
    if body:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


EXPECT = b"Expect: 100-continue"


def test_an_answer_after_100_continue_does_not_go_to_the_next_user() -> None:
    async def client(front: Front) -> None:
        for number in range(5):
            eve = request(b"eve-%d" % number, EXPECT, method=b"POST", body=b"{}")
            assert b"eve-%d" % number in (await front.ask("POST", eve))[1]
            for who in (b"bob", b"carol", b"dave"):
                sent = request(b"%s-%d" % (who, number), method=b"POST", body=b"{}")
                assert b'"id":"%s-%d"' % (who, number) in (await front.ask("POST", sent))[1]
        assert not any(b"expect" in dict(scope["headers"]) for scope in front.api.requests)

    play(client)


def test_a_request_whose_client_left_within_it_is_not_passed_on() -> None:
    async def client(front: Front) -> None:
        whole = request(b"eve", method=b"POST", body=b'{"reason":"x"}')
        _, writer = await front.send(whole[:-5])
        writer.close()
        await writer.wait_closed()
        assert (await front.ask("POST", request(b"bob", method=b"POST", body=b"{}")))[0] == 200
        assert [dict(scope["headers"])[ID] for scope in front.api.requests] == [b"bob"]

    play(client)


@pytest.mark.parametrize("pipelined", [False, True])
def test_waiting_reads_hold_up_nobody_and_leave_with_their_clients(pipelined: bool) -> None:
    async def client(front: Front) -> None:
        waits = gateways.CONNECTIONS_MAX + 10
        after = request(b"eve", b"Read-After: 7")
        sent = after + request(b"eve") * pipelined
        lines = [await front.send(sent) for _ in range(waits)]
        await until(lambda: front.api.waiting == waits)
        status, data = await front.ask("GET", request(b"bob"))
        assert (status, b'"id":"bob"' in data) == (200, True)
        for _, writer in lines:
            writer.transport.abort()
        await until(lambda: front.api.left == waits)
        places = front.gateway._waiting._places
        await until(lambda: places._value == gateways.WAITING_MAX)
        front.api.go_on.set()
        status, data = await front.ask("GET", request(b"bob", b"Read-After: 7"))
        assert (status, b'"id":"bob"' in data) == (200, True)
        # What eve's connections still held was never asked for.
        assert len(front.api.requests) == waits + 2

    play(client)


def test_too_many_waiting_reads_are_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateways, "WAITING_MAX", 2)

    async def client(front: Front) -> None:
        after = request(b"eve", b"Read-After: 7")
        for _ in range(2):
            await front.send(after)
        await until(lambda: front.api.waiting == 2)
        status, data = await front.ask("GET", after)
        assert (status, b"retry-after: 1" in data, b"Read-After" in data) == (503, True, True)
        assert (await front.ask("GET", request(b"bob")))[0] == 200

    play(client)


def test_a_body_that_is_announced_too_large_is_not_asked_for() -> None:
    async def client(front: Front) -> None:
        head = b"POST /r/eve/ok HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1048577\r\n\r\n"
        reader, _ = await front.send(head)
        data = await reader.read()
        assert data.startswith(b"HTTP/1.1 413 ")
        assert b"connection: close" in data
        chunk = b"%x\r\n%s\r\n" % (2**20, bytes(2**20))
        head = b"POST /r/eve/ok HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert (await front.ask("POST", head, chunk, chunk))[0] == 413
        assert not front.api.requests

    play(client)


def test_head_is_get_without_its_body() -> None:
    async def client(front: Front) -> None:
        reader, writer = await front.send(request(b"bob", method=b"HEAD"), request(b"bob"))
        head = await read_answer(reader, "HEAD")
        got = await read_answer(reader, "GET")
        assert head is not None
        assert got is not None
        assert got[1].startswith(head[1])
        assert got[1].endswith(b'"bytes":0}')
        writer.close()

    play(client)


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
def test_an_upgrade_is_not_made_and_its_connection_ends(protocol: bytes) -> None:
    async def client(front: Front) -> None:
        upgrade = request(b"eve", b"Connection: Upgrade", b"Upgrade: " + protocol)
        reader, _ = await front.send(upgrade + b"\x81\x05hello" + request(b"eve-2"))
        data = await reader.read()
        assert data.startswith(b"HTTP/1.1 200 ")
        assert data.count(b"HTTP/1.1") == 1
        (scope,) = front.api.requests
        assert not {b"upgrade", b"connection"} & set(dict(scope["headers"]))

    play(client)


BOTH = b"Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    "sent",
    [
        request(b"eve", BOTH, method=b"POST", body=b"0\r\n\r\n"),
        request(b"eve", b"Content-Length: 2", method=b"POST", body=b"{}"),
        request(b"eve", b"Content-Length : 2", method=b"POST"),
        request(b"eve", b"Transfer-Encoding: chunked, identity", method=b"POST"),
        request(b"eve", b"X: \0", method=b"POST"),
        request(b"eve", b"X: y\r\n Content-Length: 9", method=b"POST"),
        request(b"eve", b"X: " + b"y" * HEAD_BYTES_MAX),
        request(b"eve", *(b"X: y",) * HEAD_BYTES_MAX),
        request(b"eve").replace(b"/r/eve/ok", b"*"),
        request(b"eve").replace(b"/r/eve/ok", b"eve"),
    ],
)
def test_what_could_be_read_in_two_ways_or_has_no_end_is_refused(sent: bytes) -> None:
    async def client(front: Front) -> None:
        assert (await front.ask("POST", sent))[0] == 400
        assert not front.api.requests

    play(client)


def test_cookies_go_to_the_write_side_only() -> None:
    """What refreshes a session is in one."""

    async def client(front: Front) -> None:
        cookie = b"Cookie: __Host-refresh=mrt_x"
        front.api.go_on.set()
        await front.ask("GET", request(b"1", cookie))
        await front.ask("GET", request(b"2", cookie, b"Read-After: 0", b"Connection: close"))
        await front.ask("POST", request(b"3", cookie, method=b"POST", body=b"{}"))
        seen = [b"cookie" in dict(scope["headers"]) for scope in front.api.requests]
        assert seen == [False, False, True]

    play(client)


def test_trailers_are_no_headers() -> None:
    async def client(front: Front) -> None:
        sent = request(b"eve", BOTH, method=b"POST") + b"2\r\n{}\r\n0\r\n" + ID + b": bob\r\n\r\n"
        assert b'"id":"eve"' in (await front.ask("POST", sent))[1]

    play(client)


@pytest.mark.parametrize("method", [b"TRACE", b"PROPFIND"])
def test_other_methods_are_not_passed_on(method: bytes) -> None:
    async def client(front: Front) -> None:
        status, data = await front.ask("TRACE", request(b"eve", method=method))
        assert (status, b"allow: DELETE, GET" in data) == (405, True)
        assert not front.api.requests

    play(client)


@pytest.mark.parametrize(
    ("method", "path", "written"),
    [
        ("GET", "/v1/webhooks/bank", True),
        ("HEAD", "/v1/webhooks/bank", False),
        ("GET", "/v1/webhooksx", False),
        ("GET", "/v1/me/devices", True),
        ("HEAD", "/v1/me/devices", True),
        ("GET", "/v1/me", False),
        ("GET", "/v1/orders/o1", False),
        ("GET", "/schema/write/openapi.json", True),
    ],
)
def test_what_a_provider_delivers_by_get_goes_to_the_write_api(
    method: str, path: str, written: bool
) -> None:
    assert _is_written(method, path) is written
