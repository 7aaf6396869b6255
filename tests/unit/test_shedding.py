"""Which bytes are a whole request, that may be refused unread."""

import json

import pytest

from deploy.http.shedding import REFUSAL, is_whole

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
        (b"", False),
    ],
)
def test_only_one_post_in_one_piece_is_whole(data: bytes, whole: bool) -> None:
    assert is_whole(data) is whole


def test_the_refusal_is_a_problem_that_says_when_to_come_again() -> None:
    head, _, body = REFUSAL.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 1" in head
    assert f"content-length: {len(body)}".encode() in head
    assert json.loads(body)["type"] == "urn:market:problem:overloaded"
