"""The connections of our servers: uvicorn's, with what a gateway in front of them needs."""

import re
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from deploy.http.hop import MARK

MARK_FORM = re.compile(rb"[0-9a-f]{1,32}-[0-9a-f]{1,16}")


# Of all headers of a request together; a token has 4 KB at most.
HEAD_BYTES_MAX = 32 * 1024


UNREADABLE = (
    b'{"type":"urn:market:problem:malformed-http","title":"Malformed http","status":400,'
    b'"detail":"The request is no HTTP/1.1 that can be read, or its headers are too long."}'
)
ANSWER = (
    b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%b"
)


class HeadTooLong(Exception):
    """A client sends headers without end."""


class Protocol(HttpToolsProtocol):
    """Every answer repeats the mark of its request; every request learns that its client left.

    uvicorn tells only the newest request of a connection; those before it would wait for nobody.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_bytes = 0
        self._under_way: list[RequestResponseCycle] = []

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words
        """A problem, as every other refusal."""
        self.transport.write(ANSWER % (len(UNREADABLE), UNREADABLE))
        self.transport.close()

    def on_message_begin(self) -> None:
        self._head_bytes = 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A head that is too long is answered 400, as one that cannot be read."""
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > HEAD_BYTES_MAX:
            raise HeadTooLong
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        before = self.cycle
        super().on_headers_complete()
        cycle = self.cycle
        if cycle is before:
            return
        self._under_way = [one for one in self._under_way if not one.response_complete]
        self._under_way.append(cycle)
        mark = next((value for name, value in self.headers if name == MARK), None)
        if mark is not None and MARK_FORM.fullmatch(mark):
            cycle.default_headers = [*cycle.default_headers, (MARK, mark)]
        # What the parser reports from here on are trailers, which must not become headers.
        self.headers = []

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        for cycle in self._under_way:
            if not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
