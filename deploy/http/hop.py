"""Which headers pass from one connection to the next.

How a message is framed and what becomes of the connection is said for one hop, by the side that
writes it. Ours is written in `connections.py` and by uvicorn; nothing of it is taken over from
the other hop.
"""

from collections.abc import Iterable
from typing import Any

type Headers = list[tuple[bytes, bytes]]

MARK = b"gateway-request"
"""Names the request in the answer, between the gateway and the APIs only."""

FORWARDED_FOR = b"x-forwarded-for"

# RFC 9110 (7.6.1, 10.1.1), RFC 9112 (6), RFC 7540 (3.2.1), the obsolete ones of RFC 2616 and 7230
# and what browsers and proxies made up. Everything else is between the two ends.
OF_THE_HOP = frozenset(
    {
        MARK,
        b"connection",
        b"content-length",
        b"expect",
        b"host",
        b"http2-settings",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authentication-info",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)


def forwarded(headers: Iterable[tuple[bytes, bytes]], client: Any) -> Headers:
    """With the address that the request came from, after what the client says of others."""
    before = [value for name, value in headers if name == FORWARDED_FOR]
    kept = [(name, value) for name, value in headers if name != FORWARDED_FOR]
    near = client[0].encode() if client else b"unknown"
    return [*kept, (FORWARDED_FOR, b", ".join([*before, near]))]


def without_cookies(headers: Headers) -> Headers:
    """What refreshes a session is for the write side, which alone takes it."""
    return [(name, value) for name, value in headers if name.lower() != b"cookie"]


def passed_on(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Without what is of the hop: by name, or because `Connection` says so."""
    passed: Headers = []
    named: set[bytes] = set()
    for name, value in headers:
        low = name.lower()
        if low == b"connection":
            named.update(token.strip().lower() for token in value.split(b","))
        elif low not in OF_THE_HOP:
            passed.append((name, value))
    if named:
        return [(name, value) for name, value in passed if name.lower() not in named]
    return passed
