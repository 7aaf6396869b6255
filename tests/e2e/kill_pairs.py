"""Kills any two parts together, again and again, while orders are placed and paid.

By hand: `python -m tests.e2e.kill_pairs --minutes 10 --seed 1`. It has a stack of its own. At the end
everything that was acknowledged must be there exactly once, every model must verify, the books
must balance and the stack must be well: what is not is printed, and the status is 1.
"""

import argparse
import asyncio
import contextlib
import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import msgspec

from tests.conftest import Api, RunningStack, Shop

PARTS = (
    *("postgres", "nats", "valkey", "clickhouse", "meilisearch", "sandbox"),
    *("write", "read", "gateway", "relay", "projectors", "processes", "worker"),
)
BUYERS = 8
ORDERS_PER_S = 15.0
PAUSE_S = (1.0, 4.0)
RETRY_S = 0.2
SETTLE_WITHIN_S = 180.0
ACKNOWLEDGED = {200, 201}
SERVER_ERROR = 500
# Anything else is an answer for good: under the right key none of them may come.
AGAIN = {429, 503}
COUNTS = """
SELECT originator_id, topic, count(*) FROM stored_events
WHERE topic IN ('order.placed.v1', 'order.paid.v1', 'payment.started.v1', 'payment.captured.v1',
                'escrow.funds_held.v1')
GROUP BY 1, 2
"""


class Bought(msgspec.Struct, kw_only=True):
    """One order and its payment; what was acknowledged is true for ever."""

    order_id: str
    payment_id: str
    provider: str
    placed: bool = False
    paid: bool = False


class Buyers:
    """Orders at a steady rate, each placed and paid under keys of its own until acknowledged."""

    def __init__(self, api: Api, seed: int) -> None:
        self._api = api
        self._chance = random.Random(seed)
        self._shop = Shop(api, stock=1_000_000)
        self._quote = self._shop.quote()["quote_id"]
        self._headers = {
            "buyer": api.headers(f"buyer:{self._shop.buyer}"),
            "operator": api.headers("operator:load"),
        }
        self.bought: list[Bought] = []
        self.refused: list[str] = []
        self.answers: Counter[str] = Counter()
        self.stopping = asyncio.Event()

    async def run(self) -> None:
        """Until told to stop, and everything that was begun is acknowledged."""
        slots = asyncio.Semaphore(BUYERS * 8)
        async with (
            httpx.AsyncClient(base_url=str(self._api.http.base_url), timeout=15) as client,
            asyncio.TaskGroup() as group,
        ):
            while not self.stopping.is_set():
                await slots.acquire()
                task = group.create_task(self._buy(client, len(self.bought)))
                task.add_done_callback(lambda _: slots.release())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._chance.expovariate(ORDERS_PER_S)):
                        await self.stopping.wait()

    async def _buy(self, client: httpx.AsyncClient, number: int) -> None:
        provider = self._chance.choice(("manual", "sandbox"))
        one = Bought(
            order_id=f"{self._shop.run}-{number}",
            payment_id=f"{self._shop.run}-{number}-p",
            provider=provider,
        )
        self.bought.append(one)
        line = {"listing_id": self._shop.listing, "quantity": 1}
        order = {"order_id": one.order_id, "lines": [line], "shipping_quote_id": self._quote}
        one.placed = await self._insist(client, "buyer", "/v1/orders", order, one.order_id)
        if not one.placed:
            return
        pay: dict[str, Any] = {"provider": provider, "payment_id": one.payment_id}
        if provider == "sandbox":
            pay["source"] = "tok_ok"
        who = "operator" if provider == "manual" else "buyer"
        path = f"/v1/orders/{one.order_id}/payments"
        one.paid = await self._insist(client, who, path, pay, one.payment_id)

    async def _insist(
        self, client: httpx.AsyncClient, who: str, path: str, body: Any, key: str
    ) -> bool:
        """The same request under the same key until it is answered for good."""
        headers = self._headers[who] | {"Idempotency-Key": key}
        while True:
            try:
                answer = await client.post(path, json=body, headers=headers)
            except httpx.HTTPError as error:
                self.answers[type(error).__name__] += 1
            else:
                self.answers[str(answer.status_code)] += 1
                if answer.status_code in ACKNOWLEDGED:
                    return True
                if answer.status_code not in AGAIN:
                    self.refused.append(f"{path}: {answer.status_code} {answer.text[:300]}")
                    if answer.status_code < SERVER_ERROR:
                        return False
            await asyncio.sleep(RETRY_S)


class Killer:
    """Two parts at a time, of those that run."""

    def __init__(self, stack: RunningStack, seed: int, parts: tuple[str, ...] = PARTS) -> None:
        self._stack = stack
        self._chance = random.Random(seed)
        self._parts = parts
        self.supervisor = int(stack.state["pid"])
        self.pairs: Counter[tuple[str, ...]] = Counter()
        self.ended = False

    async def run(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.ended:
            await asyncio.sleep(self._chance.uniform(*PAUSE_S))
            pair = tuple(sorted(self._chance.sample(self._parts, 2)))
            self.pairs[pair] += 1
            for part in pair:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self._stack.pid(part), signal.SIGKILL)
            self.ended = not self.is_up()

    def is_up(self) -> bool:
        try:
            os.kill(self.supervisor, 0)
        except ProcessLookupError:
            return False
        return True


class KillPairs:
    """A run: load and kills side by side, then the reckoning."""

    def __init__(self, stack: RunningStack, seed: int, say: Callable[[str], None]) -> None:
        self._stack = stack
        self._api = Api(stack)
        self._say = say
        self.buyers = Buyers(self._api, seed)
        self.killer = Killer(stack, seed)
        self.faults: list[str] = []

    def run(self, seconds: float) -> list[str]:
        """What is not as it must be."""
        with contextlib.closing(self._api.http):
            return self._run(seconds)

    def _run(self, seconds: float) -> list[str]:
        asyncio.run(self._play(seconds))
        bought = self.buyers.bought
        self._say(f"{len(bought)} orders, answers {dict(self.buyers.answers)}")
        self._say(f"{sum(self.killer.pairs.values())} pairs killed")
        self.faults += self.buyers.refused
        if self.killer.ended or not self.killer.is_up():
            self.faults.append("the stack has ended")
            return self.faults
        self._must("the stack is well", self._is_well)
        self._must("every payment is in", lambda: not self._unpaid())
        self.faults += [f"never paid: {one}" for one in self._unpaid()[:5]]
        self._reckon()
        self._verify()
        return self.faults

    async def _play(self, seconds: float) -> None:
        load = asyncio.create_task(self.buyers.run())
        await self.killer.run(seconds)
        self.buyers.stopping.set()
        try:
            async with asyncio.timeout(SETTLE_WITHIN_S):
                await load
        except TimeoutError:
            open_ones = [one for one in self.buyers.bought if not one.paid]
            self.faults.append(f"{len(open_ones)} orders were never acknowledged")

    def _must(self, what: str, is_so: Callable[[], bool]) -> None:
        started = time.monotonic()
        while not is_so():
            if time.monotonic() - started > SETTLE_WITHIN_S:
                self.faults.append(f"not within {SETTLE_WITHIN_S:.0f} s: {what}")
                self._say(self._stack.market("status", check=False).stdout)
                return
            time.sleep(0.5)
        self._say(f"{what} after {time.monotonic() - started:.1f} s")

    def _is_well(self) -> bool:
        status = json.loads(self._stack.market("status", "--json").stdout)
        models = status["read_models"]
        follow = all(model["state"] == "following" and not model["lag_events"] for model in models)
        return bool(status["healthy"] and models and follow)

    def _counts(self) -> dict[tuple[str, str], int]:
        return {(stream, topic): count for stream, topic, count in self._api.sql(COUNTS)}

    def _unpaid(self) -> list[str]:
        counts = self._counts()
        return [
            one.order_id
            for one in self.buyers.bought
            if one.paid and not counts.get((f"order-{one.order_id}", "order.paid.v1"))
        ]

    def _reckon(self) -> None:
        """Everything acknowledged exactly once, and nothing besides."""
        counts = self._counts()
        for one in self.buyers.bought:
            order, payment = f"order-{one.order_id}", f"payment-{one.payment_id}"
            found = {
                "placed": counts.get((order, "order.placed.v1"), 0),
                "started": counts.get((payment, "payment.started.v1"), 0),
                "captured": counts.get((payment, "payment.captured.v1"), 0),
                "paid": counts.get((order, "order.paid.v1"), 0),
            }
            wanted = dict.fromkeys(found, int(one.paid)) | {"placed": int(one.placed)}
            if found != wanted:
                self.faults.append(f"{one} is {found} and must be {wanted}")
        gaps = self._api.sql("SELECT max(notification_id) - count(*) FROM stored_events")
        if gaps != [(0,)]:
            self.faults.append(f"the log has gaps: {gaps}")

    def _verify(self) -> None:
        done = self._stack.market("project", "verify", "all", "--json", check=False)
        verified = json.loads(done.stdout)
        for one in verified:
            if one["comparison"]["different"]:
                self.faults.append(f"{one['name']} differs: {one['comparison']}")
        books = json.loads(self._stack.market("ledger", "trial-balance", "--json").stdout)
        held = {name: one["sum_minor"] for name, one in books["currencies"].items()}
        if any(held.values()) or not held:
            self.faults.append(f"the books do not balance: {held}")


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    wanted = argparse.ArgumentParser(prog="python -m tests.e2e.kill_pairs", description=__doc__)
    wanted.add_argument("--minutes", type=float, default=10.0)
    wanted.add_argument("--seed", type=int, default=1)
    chosen = wanted.parse_args()
    stack = RunningStack()
    stack.up()
    try:
        run = KillPairs(stack, chosen.seed, say)
        faults = run.run(chosen.minutes * 60)
    finally:
        stack.down()
        stack.remove()
    say("\n".join(faults) or "Nothing was lost, doubled or left behind.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
