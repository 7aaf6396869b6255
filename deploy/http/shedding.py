"""Refuses what cannot be answered in time, before it is parsed.

An overloaded server that parses, authenticates and decodes only to say "later" has no time left
for what it has taken on. Beyond the limit a request is answered from its first bytes.
"""

import asyncio
from collections.abc import Callable

import msgspec
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from deploy.http.problems import TYPE, Problem

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
REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n"
    b"retry-after: %d\r\ncontent-length: %d\r\n\r\n%b"
    % (RETRY_AFTER_S, len(OVERLOADED), OVERLOADED)
)
LENGTH = b"\r\ncontent-length:"


def is_whole(data: bytes) -> bool:
    """Whether these are exactly one POST request's bytes, body included."""
    end = data.find(b"\r\n\r\n")
    if end < 0 or not data.startswith(b"POST "):
        return False
    head = data[:end].lower()
    at = head.find(LENGTH)
    if at < 0:
        return False
    digits = head[at + len(LENGTH) :].split(b"\r\n", 1)[0].strip()
    return digits.isdigit() and len(data) == end + 4 + int(digits)


def shedding_protocol(in_flight_max: int, refused: Callable[[], None]) -> type[HttpToolsProtocol]:
    """uvicorn's protocol, with at most `in_flight_max` requests under way in the process.

    `refused` counts. What is not a whole POST in one piece goes the usual way.
    """

    class Shedding(HttpToolsProtocol):
        def data_received(self, data: bytes) -> None:
            idle = self.cycle is None or self.cycle.response_complete  # pyright: ignore[reportUnnecessaryComparison]
            if len(self.tasks) < in_flight_max or not idle or not is_whole(data):
                super().data_received(data)
                return
            refused()
            self.transport.write(REFUSAL)
            self._unset_keepalive_if_required()
            self.timeout_keep_alive_task = asyncio.get_running_loop().call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    return Shedding
