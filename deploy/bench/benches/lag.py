"""lag: from the commit of an event until each store shows it, under a steady load."""

import asyncio
import threading
from collections import deque
from collections.abc import Sequence
from time import perf_counter
from typing import Self

import msgspec
from psycopg import AsyncConnection

from deploy.bench.ground import Ground
from deploy.bench.market import Market
from deploy.bench.measure import Sample, quantiles_ms
from deploy.bench.result import Bar, Options, Result, Say, summary
from deploy.bench.stretch import measured

RATE = 200.0
STRETCH = 4.0  # of --seconds: three rounds of 20 s are a minute by default
CONNECTIONS = 32
PROCESSES = ("write", "projectors", "relay", "postgres", "clickhouse")
STORES = {"PostgreSQL": "orders", "Meilisearch": "listing_search", "ClickHouse": "sales"}
POSTGRES_P99_MS = 150.0
CAUGHT_UP_WITHIN_S = 60.0


class LagMeter:
    """Listens to the log and to the read models: who has passed what how late."""

    def __init__(self, dsn: str, models: Sequence[str]) -> None:
        self._dsn = dsn
        self.lags: dict[str, list[float]] = {model: [] for model in models}
        self._waiting: dict[str, deque[tuple[int, float]]] = {model: deque() for model in models}
        self._stopping = threading.Event()
        self._listening = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._listen()))

    def __enter__(self) -> Self:
        self._thread.start()
        self._listening.wait()
        return self

    def __exit__(self, *_: object) -> None:
        """Ends when all that was committed has been seen, or has been waited for long enough."""
        deadline = perf_counter() + CAUGHT_UP_WITHIN_S
        while any(self._waiting.values()) and perf_counter() < deadline:
            self._stopping.wait(0.1)
        self._stopping.set()
        self._thread.join()

    @property
    def unseen(self) -> dict[str, int]:
        return {model: len(waiting) for model, waiting in self._waiting.items() if waiting}

    async def _listen(self) -> None:
        async with await AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            await connection.execute("LISTEN log")
            await connection.execute("LISTEN projected")
            self._listening.set()
            while not self._stopping.is_set():
                async for notify in connection.notifies(timeout=0.2):
                    self._note(notify.channel, notify.payload, perf_counter())

    def _note(self, channel: str, payload: str, now: float) -> None:
        if channel == "log":
            for waiting in self._waiting.values():
                waiting.append((int(payload), now))
            return
        model, _, position = payload.rpartition(":")
        waiting = self._waiting.get(model, deque())
        while waiting and waiting[0][0] <= int(position):
            self.lags[model].append(now - waiting.popleft()[1])


def lag(options: Options, say: Say) -> Result:
    rounds: list[tuple[Sample, Sample | None]] = []
    by_store: dict[str, list[float]] = {store: [] for store in STORES}
    with Ground(None) as ground:
        market = Market(ground, options, say)
        caught_up(ground)
        for number in range(1, options.rounds + 1):
            sample, meter = _stretch(market, options.seconds * STRETCH)
            for store, model in STORES.items():
                by_store[store] += meter.lags[model]
            rounds.append((sample, None))
            say(f"  round {number}: {sample.per_s:,.0f} paid orders/s, {sample.latency_ms}")
    stores = {store: quantiles_ms(lags) for store, lags in by_store.items()}
    return summary(
        "lag",
        "paid orders/s",
        rounds,
        bars=lambda _rate, _ratio: [
            Bar(
                what="ms p99 until PostgreSQL shows it",
                wanted=POSTGRES_P99_MS,
                seen=stores["PostgreSQL"].get("p99", float("inf")),
                at_most=True,
            )
        ],
        details={"ms from commit to visible": stores},
    )


def _stretch(market: Market, seconds: float) -> tuple[Sample, LagMeter]:
    """The sample's latencies are PostgreSQL's lags."""
    plan = market.plan("paid-order", rate=RATE, connections=CONNECTIONS, seconds=seconds)
    with LagMeter(market.ground.settings.database_url, list(STORES.values())) as meter:
        sample, _ = measured(market.ground, plan, *PROCESSES)
    seen = quantiles_ms(meter.lags[STORES["PostgreSQL"]])
    details = sample.details | {"never seen": meter.unseen}
    return msgspec.structs.replace(sample, latency_ms=seen, details=details), meter


def caught_up(ground: Ground) -> None:
    """Until the read models have seen what the preparation wrote."""

    async def wait() -> None:
        dsn = ground.settings.database_url
        async with (
            asyncio.timeout(CAUGHT_UP_WITHIN_S),
            await AsyncConnection.connect(dsn, autocommit=True) as connection,
        ):
            behind = "SELECT count(*) FROM projection.checkpoint, log_head h WHERE {} < h.position"
            query = behind.format("checkpoint.position").encode()
            while True:
                row = await (await connection.execute(query)).fetchone()
                if row and row[0] == 0:
                    return
                await asyncio.sleep(0.2)

    asyncio.run(wait())
