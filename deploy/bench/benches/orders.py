"""place-order, paid-order, hot-item and two-writers: orders over HTTP, durably."""

import itertools
import secrets

import psycopg

from deploy.bench.ground import Ground
from deploy.bench.load import Loaded, Plan, run_load
from deploy.bench.measure import Sample
from deploy.bench.result import Bar, Options, Result, Say, in_turns, summary
from deploy.bench.scenarios import Asked
from deploy.bench.shop import HOT, request, seed_shop, send_all

PLACE_AT_LEAST = 0.45
PAID_AT_LEAST = 0.40
HOT_AT_LEAST = 0.80
WRITERS_AT_LEAST = 1.3
PEER_BEST_PER_S = 9.9
PEER_TIMES = 100
CREATED, CONFLICT = 201, 409
FLOOR = ["deploy.bench.floor_write", "--port", "{port}"]


class Shop:
    """One write process over a marketplace in stock; loads run against any of its ports."""

    def __init__(self, ground: Ground, options: Options, say: Say) -> None:
        self.ground = ground
        self.options = options
        self.port = ground.settings.write_port
        self._runs = itertools.count(1)
        self._mark = secrets.token_hex(3)
        self.token = ground.token()
        took = seed_shop(self.port, self.token, options.seed)
        say(f"  sellers, listings, stock and quotes in {took:.1f} s")

    def load(self, scenario: str, process: str, *ports: int, steps: int = 1) -> Sample:
        """A stretch of a scenario against `ports`; CPU of `process` and PostgreSQL."""
        return self.loaded(scenario, process, *ports, steps=steps)[0]

    def loaded(
        self, scenario: str, process: str, *ports: int, steps: int = 1
    ) -> tuple[Sample, Loaded]:
        asked = Asked(
            scenario=scenario,
            run=f"{self._mark}{next(self._runs)}",
            token=self.token,
            seed=self.options.seed,
        )
        plan = Plan(ports=list(ports or [self.port]), asked=asked, seconds=self.options.seconds)
        usage = self.ground.usage(process, "postgres")
        loaded = run_load(plan)
        whole = sum(loaded.statuses.values()) * (plan.seconds + plan.warm_s) / plan.seconds
        return Sample(
            per_s=loaded.per_s,
            latency_ms=loaded.latency_ms,
            cpu_us=usage.cpu_us(int(whole))
            | {"load": round(loaded.cpu_s * 1e6 / max(whole, 1), 1)},
            rss_mb=usage.rss_mb(),
            details={"statuses": loaded.statuses, "requests_each": steps},
        ), loaded

    def sql(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.ground.settings.database_url) as connection:
            return connection.execute(query.encode()).fetchall()


def place_order(options: Options, say: Say) -> Result:
    with Ground({"postgres", "write"}) as ground:
        shop = Shop(ground, options, say)
        floor = ground.start("floor", FLOOR, "/ping")
        rounds = in_turns(
            options.rounds,
            lambda: shop.load("place-order", "write"),
            lambda: shop.load("place-order", "floor", floor),
            say,
        )
    return summary(
        "place-order",
        "orders/s",
        rounds,
        bars=lambda _, ratio: [Bar(what="of the floor", wanted=PLACE_AT_LEAST, seen=ratio)],
    )


def paid_order(options: Options, say: Say) -> Result:
    with Ground({"postgres", "write"}) as ground:
        shop = Shop(ground, options, say)
        floor = ground.start("floor", FLOOR, "/ping")
        rounds = in_turns(
            options.rounds,
            lambda: shop.load("paid-order", "write", steps=2),
            lambda: shop.load("paid-order", "floor", floor, steps=2),
            say,
        )
    return summary(
        "paid-order",
        "paid orders/s",
        rounds,
        bars=lambda ours, ratio: [
            Bar(what="of the floor", wanted=PAID_AT_LEAST, seen=ratio),
            Bar(
                what=f"times the best peer ({PEER_BEST_PER_S}/s)",
                wanted=PEER_TIMES,
                seen=round(ours / PEER_BEST_PER_S, 1),
            ),
        ],
    )


def hot_item(options: Options, say: Say) -> Result:
    """Every order answered counts, sold or refused: the stock runs out on the way."""
    sold: list[tuple[int, int]] = []
    expected = 0
    with Ground({"postgres", "write"}) as ground:
        shop = Shop(ground, options, say)

        def floor() -> Sample:
            nonlocal expected
            sample = shop.load("small-order", "write")
            expected = int(sample.per_s * (options.seconds + 1) * 0.5)
            return sample

        def ours() -> Sample:
            body = {"quantity": expected}
            key = f"stock-{len(sold)}"
            path = f"/v1/listings/{HOT}/stock"
            send_all(shop.port, [(request("POST", path, shop.token, key, body),)])
            sample, loaded = shop.loaded("hot-item", "write")
            reserved = shop.sql(_RESERVED)[0][0]
            assert isinstance(reserved, int)
            sold.append(((sold[-1][0] if sold else 0) + expected, reserved))
            answered = loaded.statuses.get(CREATED, 0) + loaded.statuses.get(CONFLICT, 0)
            return _with_rate(sample, answered / options.seconds)

        rounds = in_turns(options.rounds, ours, floor, say)
    return summary(
        "hot-item",
        "answers/s",
        rounds,
        bars=lambda _, ratio: [
            Bar(what="of orders over 5,000 listings", wanted=HOT_AT_LEAST, seen=ratio),
            Bar(
                what="rounds in which exactly the stock was sold",
                wanted=options.rounds,
                seen=sum(received == reserved for received, reserved in sold),
            ),
        ],
        details={"received and reserved in all": sold},
    )


_RESERVED = (
    "SELECT count(*) FROM stored_events"  # noqa: S608 - a constant of ours
    f" WHERE originator_id = 'stock-{HOT}' AND topic = 'stock.reserved.v1'"
)


def _with_rate(sample: Sample, per_s: float) -> Sample:
    return Sample(
        per_s=per_s,
        latency_ms=sample.latency_ms,
        cpu_us=sample.cpu_us,
        rss_mb=sample.rss_mb,
        details=sample.details,
    )
