"""What one connection says of itself is never said on the next."""

import pytest

from deploy.http.connections import METHODS, RequestMalformed, _request
from deploy.http.hop import OF_THE_HOP, passed_on

# All that the IANA's registry and RFC 9110, 9112 and 9113 call connection-specific or framing,
# and what llhttp and uvicorn act upon: none of it may reach the other side.
ACTED_UPON = (
    "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization",
    "Proxy-Authentication-Info", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length",
    "Expect", "Host", "HTTP2-Settings", "Gateway-Request",
)  # fmt: skip
OF_THE_ENDS = (
    "Authorization", "Content-Type", "Accept", "Accept-Language", "Idempotency-Key", "If-Match",
    "If-None-Match", "Read-After", "Read-Wait-Ms", "User-Agent", "Traceparent", "X-Request-Id",
    "Stripe-Signature", "Content-HMAC", "Sandbox-Signature", "Cookie",
)  # fmt: skip


@pytest.mark.parametrize("name", ACTED_UPON)
def test_what_concerns_the_connection_stays_there(name: str) -> None:
    for spelt in (name, name.lower(), name.upper()):
        assert passed_on([(spelt.encode(), b"x"), (b"Accept", b"y")]) == [(b"Accept", b"y")]
    assert name.lower().encode() in OF_THE_HOP


@pytest.mark.parametrize("name", OF_THE_ENDS)
def test_everything_else_passes(name: str) -> None:
    header = (name.encode(), b"x")
    assert passed_on([header]) == [header]


def test_what_connection_names_stays_too() -> None:
    sent = [(b"connection", b"close, X-Mine ,foo"), (b"x-mine", b"1"), (b"foo", b"2"), (b"b", b"3")]
    assert passed_on(sent) == [(b"b", b"3")]
    assert passed_on(sent[1:] + sent[:1]) == [(b"b", b"3")]


@pytest.mark.parametrize(
    "bad", [b"a\rb", b"a\nb", b"a\r\nx: y", b"a\0b", b"\r\n\r\nGET / HTTP/1.1"]
)
def test_no_value_and_no_target_can_end_its_line(bad: bytes) -> None:
    for target, headers in ((b"/" + bad, []), (b"/", [(b"x", bad)]), (b"/", [(bad, b"x")])):
        with pytest.raises(RequestMalformed):
            _request("GET", target, "x", b"", headers, b"")


@pytest.mark.parametrize("target", [b"*", b"", b"http://a/", b"/a b", b"/ HTTP/1.1"])
def test_a_target_is_a_path(target: bytes) -> None:
    with pytest.raises(RequestMalformed):
        _request("GET", target, "x", b"", [], b"")


@pytest.mark.parametrize("method", ["HEAD", "CONNECT", "TRACE", "get", "POST / HTTP/1.1\r\n"])
def test_methods_whose_answers_are_framed_otherwise_are_not_sent(method: str) -> None:
    assert method not in METHODS
    with pytest.raises(RequestMalformed):
        _request(method, b"/", "x", b"", [], b"")


def test_the_length_is_always_our_own() -> None:
    sent = _request("POST", b"/a?b=c", "h", b"1-2", [(b"accept", b"*/*")], b"body")
    wanted = b"POST /a?b=c HTTP/1.1\r\nhost: h\r\ngateway-request: 1-2\r\naccept: */*\r\n"
    assert sent == wanted + b"content-length: 4\r\n\r\nbody"
    assert _request("POST", b"/", "h", b"", [], b"").endswith(b"\r\ncontent-length: 0\r\n\r\n")
    assert b"content-length" not in _request("GET", b"/", "h", b"", [], b"")
