"""Reads and commands at a steady rate, every answer checked; a checker reads its own writes."""

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import httpx

from tests.conftest import Api, Shop

READS_PER_S = 50
COMMANDS_PER_S = 20
SETTLE_S = 10.0
# A machine that cannot keep the pace is asked less: what waits in us says nothing about it.
UNDER_WAY_MAX = 20


def timeless(answer: Any) -> Any:
    """Without how long the search took."""
    if isinstance(answer, dict):
        return {key: value for key, value in answer.items() if key != "processingTimeMs"}
    return answer


class MixedLoad:
    """Runs until told; `wrong` and `failed` say what was not as it must be.

    Reads of what was imported must answer as they did before; own writes must be seen.
    """

    def __init__(self, api: Api, seed: int) -> None:
        self._api = api
        self._chance = random.Random(seed)
        self._shop = Shop(api, stock=1_000_000)
        self._headers = {who: api.headers(who) for who in ("operator:load", "auditor:load")}
        self._headers["buyer"] = api.headers(f"buyer:{self._shop.buyer}")
        self._quote = self._shop.quote()["quote_id"]
        self._known: list[tuple[str, Any]] = []
        self._stopping = asyncio.Event()
        self.counts: Counter[str] = Counter()
        self.failed: list[str] = []
        self.wrong: list[str] = []

    def learn(self, paths: list[str]) -> None:
        """What these reads answer now they must answer later."""
        for path in paths:
            self._known.append((path, timeless(self._api.read("auditor:load", path))))

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        limits = httpx.Limits(max_connections=200)
        base = str(self._api.http.base_url)
        async with httpx.AsyncClient(base_url=base, timeout=30, limits=limits) as client:
            await asyncio.gather(
                self._steadily(READS_PER_S, lambda: self._read(client)),
                # Placing and paying: two commands each time.
                self._steadily(COMMANDS_PER_S / 2, lambda: self._order(client)),
            )

    async def _steadily(self, per_s: float, make: Callable[[], Coroutine[Any, Any, None]]) -> None:
        loop = asyncio.get_running_loop()
        tasks: set[asyncio.Task[None]] = set()
        due = loop.time()
        while not self._stopping.is_set():
            if len(tasks) < UNDER_WAY_MAX:
                task = asyncio.create_task(make())
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            due += 1 / per_s
            await asyncio.sleep(max(0.0, due - loop.time()))
        async with asyncio.timeout(SETTLE_S * 3):
            await asyncio.gather(*tasks)

    async def _get(
        self, client: httpx.AsyncClient, who: str, path: str, after: int | None = None
    ) -> Any:
        headers = self._headers[who] | {"Read-Wait-Ms": "10000"}
        if after is not None:
            headers["Read-After"] = str(after)
        response = await client.get(path, headers=headers)
        self.counts["reads"] += 1
        if response.status_code != 200:
            self.failed.append(f"{path}: {response.status_code} {response.text[:300]}")
            return None
        if "Read-Position" not in response.headers:
            self.wrong.append(f"{path}: no Read-Position")
        return response.json()

    async def _read(self, client: httpx.AsyncClient) -> None:
        path, before = self._chance.choice(self._known)
        found = await self._get(client, "auditor:load", path)
        if found is not None and timeless(found) != before:
            self.wrong.append(f"{path}: {str(found)[:500]} was {str(before)[:500]}")

    async def _post(self, client: httpx.AsyncClient, who: str, path: str, body: Any) -> Any:
        headers = self._headers[who] | {"Idempotency-Key": uuid.uuid4().hex}
        response = await client.post(path, json=body, headers=headers)
        self.counts["commands"] += 1
        if response.status_code not in {200, 201}:
            self.failed.append(f"{path}: {response.status_code} {response.text[:300]}")
            return None, 0
        return response.json(), int(response.headers["Log-Position"])

    async def _order(self, client: httpx.AsyncClient) -> None:
        line = {"listing_id": self._shop.listing, "quantity": 1}
        body = {"lines": [line], "shipping_quote_id": self._quote}
        placed, at = await self._post(client, "buyer", "/v1/orders", body)
        if placed is None:
            return
        path = f"/v1/orders/{placed['order_id']}"
        seen = await self._get(client, "buyer", path, at)
        self._must(path, "placed", seen, lambda: seen["order"]["total_minor"] == 1100)
        paid, at = await self._post(
            client, "operator:load", f"{path}/payments", {"provider": "manual"}
        )
        if paid is None:
            return
        await self._sees_its_payment(client, path, at)

    async def _sees_its_payment(self, client: httpx.AsyncClient, path: str, at: int) -> None:
        checks: list[Awaitable[None]] = [self._order_is_paid(client, path, at)]
        if self._chance.random() < 0.1:
            checks.append(self._books_balance(client, at))
            checks.append(self._stock_is_taken(client, at))
        await asyncio.gather(*checks)

    async def _order_is_paid(self, client: httpx.AsyncClient, path: str, at: int) -> None:
        seen = await self._get(client, "buyer", path, at)
        self._must(
            path,
            "paid and held",
            seen,
            lambda: (
                seen["order"]["status"] == "paid"
                and [part["held_minor"] for part in seen["escrow"]] == [1100]
                and [payment["status"] for payment in seen["payments"]] == ["captured"]
            ),
        )

    async def _books_balance(self, client: httpx.AsyncClient, at: int) -> None:
        seen = await self._get(client, "auditor:load", "/v1/ledger/trial-balance", at)
        self._must(
            "trial balance",
            f"at {at}, summing to zero",
            seen,
            lambda: (
                seen["position"] >= at
                and all(books["sum_minor"] == 0 for books in seen["currencies"].values())
            ),
        )

    async def _stock_is_taken(self, client: httpx.AsyncClient, at: int) -> None:
        """Never more than somebody had seen left before this was asked."""
        path = f"/v1/listings/search?seller_id={self._shop.seller}"
        taken = self.counts["taken"]
        seen = await self._get(client, "auditor:load", path, at)
        self._must(
            path,
            f"below {1_000_000 - taken}",
            seen,
            lambda: len(seen["hits"]) == 1 and seen["hits"][0]["available"] < 1_000_000 - taken,
        )
        if seen:
            seen_now = 999_999 - seen["hits"][0]["available"]
            self.counts["taken"] = max(self.counts["taken"], seen_now)

    def _must(self, what: str, be: str, seen: Any, check: Callable[[], bool]) -> None:
        self.counts["checks"] += 1
        if seen is not None and not check():
            self.wrong.append(f"{what} is not {be}: {str(seen)[:500]}")
