"""A load generator's connections: closed or paced, with nothing done twice for an answer."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from http import HTTPStatus
from time import perf_counter
from typing import Any

import httptools

from deploy.embedded.ports import HOST

type Operation = tuple[bytes, ...]
"""Whole requests, sent one after the other as long as they are answered with 2xx."""


class Tally:
    """What came back. `latencies` holds seconds of operations begun after the warm-up."""

    def __init__(self, warm_until: float, until: float) -> None:
        self.warm_until = warm_until
        self.until = until
        self.latencies: list[float] = []
        self.refused: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.done = 0
        self.lost = 0
        self.succeeded = 0

    def count(self, began: float, ended: float, status: int) -> None:
        """`done` counts what succeeded inside the measured stretch, `succeeded` all."""
        self.succeeded += status < HTTPStatus.BAD_REQUEST
        if began < self.warm_until:
            return
        self.statuses[status] += 1
        if status < HTTPStatus.BAD_REQUEST:
            self.latencies.append(ended - began)
            self.done += ended <= self.until
        else:
            self.refused.append(ended - began)


class Connection(asyncio.Protocol):
    """Works through operations, one at a time, until there are none or time is up."""

    def __init__(self, operations: Iterator[Operation], tally: Tally, ended: Any) -> None:
        self._operations = operations
        self._tally = tally
        self._ended = ended
        self._began = 0.0
        self._steps: Operation = ()
        self._step = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._parser = httptools.HttpResponseParser(self)
        self._next()

    def _next(self) -> None:
        self._began = perf_counter()
        operation = next(self._operations, None) if self._began < self._tally.until else None
        if operation is None:
            self._finish()
            return
        self._steps = operation
        self._step = 0
        self._transport.write(operation[0])

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        self._step += 1
        if status < HTTPStatus.BAD_REQUEST and self._step < len(self._steps):
            self._transport.write(self._steps[self._step])
            return
        self._tally.count(self._began, perf_counter(), status)
        self._next()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        if not self._ended.done():
            self._tally.lost += 1
            self._finish()

    def _finish(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)
        self._transport.close()


async def closed_loop(
    port: int, operations: Iterator[Operation], connections: int, tally: Tally
) -> None:
    """Every connection sends its next operation when the last one is answered."""
    loop = asyncio.get_running_loop()
    ends = [loop.create_future() for _ in range(connections)]
    for end in ends:
        await loop.create_connection(lambda end=end: Connection(operations, tally, end), HOST, port)  # type: ignore[misc]
    await asyncio.gather(*ends)


async def paced(
    port: int, operations: Iterator[Operation], connections: int, tally: Tally, rate: float
) -> None:
    """`rate` operations a second are begun whether or not earlier ones are answered, as far as
    `connections` reach; an operation's time counts from when it was due."""
    due: deque[float] = deque()
    loop = asyncio.get_running_loop()
    waiting: deque[Paced] = deque()
    ends = [loop.create_future() for _ in range(connections)]
    for end in ends:
        await loop.create_connection(
            lambda end=end: Paced(operations, tally, end, due, waiting),  # type: ignore[misc]
            HOST,
            port,
        )
    began = perf_counter()
    number = 0
    while (now := perf_counter()) < tally.until:
        while began + number / rate <= now:
            due.append(began + number / rate)
            number += 1
            if waiting:
                waiting.popleft().take()
        await asyncio.sleep(0.001)
    for connection in list(waiting):
        connection.take()
    await asyncio.gather(*ends)


class Paced(Connection):
    """Takes an operation when one is due."""

    def __init__(
        self,
        operations: Iterator[Operation],
        tally: Tally,
        ended: Any,
        due: deque[float],
        waiting: "deque[Paced]",
    ) -> None:
        super().__init__(operations, tally, ended)
        self._due = due
        self._waiting = waiting

    def _next(self) -> None:
        if not self._due and perf_counter() < self._tally.until:
            self._waiting.append(self)
        else:
            self.take()

    def connection_lost(self, exc: Exception | None) -> None:
        """One that idles for long is closed by the server: the others go on."""
        if self in self._waiting:
            self._waiting.remove(self)
            self._finish()
        super().connection_lost(exc)

    def take(self) -> None:
        if not self._due:
            if perf_counter() >= self._tally.until:
                self._finish()
            else:
                self._waiting.append(self)
            return
        super()._next()
        self._began = self._due.popleft()
