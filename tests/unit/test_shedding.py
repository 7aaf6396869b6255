"""Which bytes are a whole request, that may be refused unread."""

import asyncio
import contextlib
import json
import re
from typing import Any

import pytest

from deploy.http.shedding import is_whole, refusal, shedding_protocol
from tests.property.framing_servers import uvicorn_connections

WHOLE = b"POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        (WHOLE, True),
        (b"POST / HTTP/1.1\r\ncontent-length:0\r\n\r\n", True),
        (WHOLE[:-1], False),
        (WHOLE + b"POST ", False),
        (WHOLE + WHOLE, False),
        (WHOLE[:40], False),
        (b"GET /ping HTTP/1.1\r\nContent-Length: 0\r\n\r\n", False),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", False),
        (b"POST / HTTP/1.1\r\nContent-Length: -4\r\n\r\n", False),
        (b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", False),
        (b"POST / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 4\r\n\r\n", False),
        (WHOLE.replace(b"Host: x", b"Transfer-Encoding: chunked"), False),
        (WHOLE.replace(b"Host: x", b"Connection: close"), False),
        (WHOLE.replace(b"Host: x", b"Upgrade: x"), False),
        (b"", False),
    ],
)
def test_only_one_post_in_one_piece_is_whole(data: bytes, whole: bool) -> None:
    assert is_whole(data) is whole


@pytest.mark.parametrize("mark", [b"", b"gateway-request: 0a-1f\r\n"])
def test_the_refusal_is_a_problem_that_says_when_to_come_again(mark: bytes) -> None:
    head, _, body = refusal(WHOLE.replace(b"Host: x\r\n", mark)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 1" in head
    assert f"content-length: {len(body)}".encode() in head
    assert (b"gateway-request" in head) == bool(mark)
    assert mark.strip() in head
    assert json.loads(body)["type"] == "urn:market:problem:overloaded"


async def busy(*parts: bytes) -> tuple[bytes, int]:
    """What a server at its limit answers to the parts of one connection, and how often it shed."""
    shed: list[None] = []

    async def app(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 401, "headers": [EMPTY]})
        await send({"type": "http.response.body", "body": b""})

    make = uvicorn_connections(app, shedding_protocol(0, lambda: shed.append(None)))
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    answers = b""
    for number, part in enumerate(parts, 1):
        writer.write(part)
        if number < len(parts):
            with contextlib.suppress(TimeoutError):
                answers += await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 0.05)
    writer.write_eof()
    answers += await reader.read()
    writer.close()
    server.close()
    return answers, len(shed)


EMPTY = (b"content-length", b"0")
HALF = b"POST /a HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(WHOLE)


@pytest.mark.parametrize(
    ("parts", "statuses", "shed"),
    [
        ([WHOLE], [503], 1),
        ([WHOLE, WHOLE], [503, 503], 2),
        # The body of what is answered already, and a header's continuation.
        ([HALF, WHOLE], [401], 0),
        ([HALF, WHOLE, WHOLE], [401, 503], 1),
        ([b"POST /a HTTP/1.1\r\nX: y", WHOLE], [401], 0),
        ([b"GET /a HTTP/1.1\r\n\r\n", WHOLE], [401, 503], 1),
    ],
)
def test_a_body_that_looks_like_a_request_is_not_refused_as_one(
    parts: list[bytes], statuses: list[int], shed: int
) -> None:
    answers, seen = asyncio.run(busy(*parts))
    assert [int(status) for status in re.findall(rb"HTTP/1.1 (\d+)", answers)] == statuses
    assert seen == shed
