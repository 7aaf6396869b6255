"""Refuses what cannot be answered in time, before it is parsed.

An overloaded server that parses, authenticates and decodes only to say "later" has no time left
for what it has taken on. Beyond the limit a request is answered from its first bytes.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import msgspec

from deploy.http.hop import MARK
from deploy.http.problems import TYPE, Problem
from deploy.http.protocol import MARK_FORM, Protocol

RETRY_AFTER_S = 1
OVERLOADED = msgspec.json.encode(
    Problem(
        type=TYPE + "overloaded",
        title="Overloaded",
        status=503,
        detail="More requests are under way than can be answered in time. Send the same request "
        "again with the same Idempotency-Key.",
    )
)
HEAD = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n"
    b"retry-after: %d\r\ncontent-length: %d\r\n" % (RETRY_AFTER_S, len(OVERLOADED))
)
LENGTH = b"\r\ncontent-length:"
# Of these the parser must judge: both lengths are an error, `close` ends the connection.
NOT_SIMPLE = (b"\r\ntransfer-encoding", b"\r\nconnection: close", b"\r\nupgrade")
MARKED = re.compile(rb"\r\n" + MARK + rb": (" + MARK_FORM.pattern + rb")\r\n")


def is_whole(data: bytes) -> bool:
    """Whether these are exactly one POST request's bytes, body included."""
    end = data.find(b"\r\n\r\n")
    if end < 0 or not data.startswith(b"POST "):
        return False
    head = data[:end].lower()
    if head.count(LENGTH) != 1 or any(name in head for name in NOT_SIMPLE):
        return False
    at = head.find(LENGTH)
    digits = head[at + len(LENGTH) :].split(b"\r\n", 1)[0].strip()
    return digits.isdigit() and len(data) == end + 4 + int(digits)


def refusal(data: bytes) -> bytes:
    """The answer to a whole request, with the request's mark if it has one."""
    marked = MARKED.search(data, 0, data.index(b"\r\n\r\n") + 2)
    mark = MARK + b": " + marked[1] + b"\r\n" if marked else b""
    return HEAD + mark + b"\r\n" + OVERLOADED


def shedding_protocol(in_flight_max: int, refused: Callable[[], None]) -> type[Protocol]:
    """Our connections, with at most `in_flight_max` requests under way in the process.

    `refused` counts. What is not a whole POST in one piece goes the usual way, and so does
    what comes before the last request's body is there, even if that is answered already: bytes
    of a body may look like a request.
    """

    class Shedding(Protocol):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self._between = True

        def on_message_begin(self) -> None:
            self._between = False
            super().on_message_begin()

        def on_message_complete(self) -> None:
            self._between = True
            super().on_message_complete()

        def data_received(self, data: bytes) -> None:
            idle = self.cycle is None or self.cycle.response_complete  # pyright: ignore[reportUnnecessaryComparison]
            busy = len(self.tasks) >= in_flight_max
            if not (busy and idle and self._between and is_whole(data)):
                super().data_received(data)
                return
            refused()
            self.transport.write(refusal(data))
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = asyncio.get_running_loop().call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    return Shedding
