"""Reads that wait for a model that stands still, on the running stack."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from read_api.waits import WAITS_MAX
from tests.conftest import Api, Shop

WAITING = 256
WITHIN_S = 10.0


@pytest.fixture
def behind(api: Api) -> Iterator[str]:
    """A path whose read model has not seen the last event, and does not go on."""
    shop = Shop(api)
    api.read("buyer:b", f"/v1/listings/{shop.listing}")
    api.stack.market("project", "pause", "listings")
    try:
        shop.add_listing(f"more-{shop.listing}", 100, 1)
        yield f"/v1/listings/{shop.listing}"
    finally:
        api.stack.market("project", "resume", "listings")


class Waiters:
    """Connections on each of which a read waits through the gateway."""

    def __init__(self, api: Api, path: str) -> None:
        self._api = api
        self._path = path
        self._writers: list[asyncio.StreamWriter] = []
        self.answers: list[asyncio.Task[bytes]] = []

    async def add(self, *who: str) -> None:
        for name in who:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._api.stack.port)
            headers = self._api.headers(name) | {
                "Host": "x",
                "Read-After": str(self._api.position),
                "Read-Wait-Ms": "10000",
            }
            lines = [f"GET {self._path} HTTP/1.1", *(f"{k}: {v}" for k, v in headers.items())]
            writer.write("\r\n".join([*lines, "", ""]).encode())
            self._writers.append(writer)
            self.answers.append(asyncio.create_task(reader.readuntil(b"\r\n\r\n")))

    @property
    def waiting(self) -> int:
        return sum(not answer.done() for answer in self.answers)

    def statuses(self) -> list[int]:
        return [int(answer.result()[9:12]) for answer in self.answers if answer.done()]

    async def leave(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self.answers, return_exceptions=True)
        for writer in self._writers:
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        self._writers.clear()
        self.answers.clear()


async def settled(waiters: Waiters, waiting: int) -> None:
    """Until so many wait and all others are answered."""
    async with asyncio.timeout(WITHIN_S / 2):
        while waiters.waiting > waiting:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("callers", [1, WAITING // WAITS_MAX])
def test_waiting_reads_are_bounded_a_caller_and_hold_up_nobody(
    api: Api, behind: str, callers: int
) -> None:
    names = [f"buyer:w{number % callers}" for number in range(WAITING)]

    async def play() -> Any:
        waiters = Waiters(api, behind)
        try:
            await waiters.add(*names)
            await settled(waiters, WAITS_MAX * callers)
            refused = waiters.statuses()
            base = f"http://127.0.0.1:{api.stack.port}"
            async with httpx.AsyncClient(base_url=base, timeout=2) as other:
                plain = await other.get("/v1/sellers/none", headers=api.headers("buyer:other"))
            still = waiters.waiting
            await waiters.leave()
            # Places are free when their clients have gone, long before their time is over.
            async with asyncio.timeout(WITHIN_S / 2):
                while True:
                    await waiters.add("buyer:w0")
                    done, _ = await asyncio.wait(waiters.answers[-1:], timeout=0.3)
                    if not done:
                        break
            return refused, plain.status_code, still
        finally:
            await waiters.leave()

    refused, plain, still = asyncio.run(play())
    assert refused == [429] * (WAITING - WAITS_MAX * callers)
    assert plain == 404
    assert still == WAITS_MAX * callers


def test_too_many_waits_say_when_to_come_again(api: Api, behind: str) -> None:
    async def play() -> httpx.Response:
        waiters = Waiters(api, behind)
        try:
            await waiters.add(*["buyer:w"] * (WAITS_MAX + 1))
            await settled(waiters, WAITS_MAX)
            return await asyncio.to_thread(api.get, "buyer:w", behind)
        finally:
            await waiters.leave()

    response = asyncio.run(play())
    assert response.status_code == 429
    assert response.headers["Retry-After"] == "1"
    assert response.json()["type"] == "urn:market:problem:too-many-waits"
    assert str(WAITS_MAX) in response.json()["detail"]


def test_a_read_that_cannot_be_fresh_enough_says_so(api: Api, behind: str) -> None:
    response = api.get("operator:o", behind, read_wait_ms="10")
    assert response.status_code == 503
    assert response.json()["type"] == "urn:market:problem:read-behind"
    assert "listings by" in response.json()["detail"]
    assert response.headers["Retry-After"] == "1"
