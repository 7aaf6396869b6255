"""growth: appending and loading an order while the log grows from 10^4 to 10^6 (10^7) events."""

import asyncio
import statistics
from time import perf_counter

from commands.write_model import WriteModelFold
from deploy.bench import history
from deploy.bench.append_load import EVENTS_EACH, AppendPlan, run_append
from deploy.bench.databases import fresh_database
from deploy.bench.ground import Ground
from deploy.bench.measure import Sample, quantiles_ms
from deploy.bench.result import Bar, Options, Result, Say, summary
from eventstore.connection import Connector, Loader
from eventstore.heads import Heads

SIZES = (10_000, 100_000, 1_000_000)
BIG = 10_000_000
CONCURRENT = 64
AT_LEAST = 0.90
LOADS_AT_A_TIME = 8
ORDERS_A_DAY = history.ORDERS


async def _load_orders(dsn: str, days: int, seconds: float) -> tuple[float, list[float]]:
    """Orders that are not in memory, a few at a time: loads a second and their seconds."""
    heads = Heads()
    loader = Loader(Connector(dsn), WriteModelFold(), heads)
    loader.start()
    took: list[float] = []
    until = perf_counter() + seconds
    # Spread over the whole log: a prime step visits every telling once.
    telling, number = 0, 0
    try:
        while (began := perf_counter()) < until:
            wanted: list[str] = []
            for _ in range(LOADS_AT_A_TIME):
                telling = (telling + 7919) % days
                number = (number + 1) % ORDERS_A_DAY
                wanted.append(f"order-{telling:08}-{number}")
            await asyncio.gather(*(loader.load([stream]) for stream in wanted))
            took.append(perf_counter() - began)
            heads.clear()
    finally:
        await loader.stop()
    return len(took) * LOADS_AT_A_TIME / seconds, took


def _measure(dsn: str, size: int, options: Options, number: int) -> tuple[Sample, Sample]:
    days = max(size // len(history.one_day()), 1)
    loads, took = asyncio.run(_load_orders(dsn, days, options.seconds))
    run = f"g{size}-{number}"
    plan = AppendPlan(dsn=dsn, how="store", concurrent=CONCURRENT, seconds=options.seconds, run=run)
    appended = run_append(plan)
    return (
        Sample(
            per_s=appended.commands_per_s * EVENTS_EACH,
            latency_ms=appended.latency_ms,
            cpu_us={"store": appended.cpu_us},
        ),
        Sample(per_s=loads, latency_ms=quantiles_ms(took)),
    )


def growth(options: Options, say: Say) -> Result:
    """One log for each size; the sizes take turns, so that a slower machine slows all."""
    sizes = [*SIZES, BIG] if options.big else list(SIZES)
    appends: dict[int, list[Sample]] = {size: [] for size in sizes}
    loads: dict[int, list[Sample]] = {size: [] for size in sizes}
    with Ground({"postgres"}) as ground:
        for number in range(options.rounds):
            for size in sizes:
                with fresh_database(ground.settings.database_url) as dsn:
                    history.fill(dsn, size)
                    appended, loaded = _measure(dsn, size, options, number)
                appends[size].append(appended)
                loads[size].append(loaded)
                say(
                    f"  round {number + 1}, {size:,} events: {appended.per_s:,.0f} events/s"
                    f" appended, {loaded.per_s:,.0f} orders/s loaded"
                )
    largest = sizes[-1]
    load_ratio = _median(loads[largest]) / _median(loads[sizes[0]])
    return summary(
        "growth",
        "events/s",
        list(zip(appends[largest], appends[sizes[0]], strict=True)),
        bars=lambda _, ratio: [
            Bar(what=f"appending at {largest:,} of at {sizes[0]:,}", wanted=AT_LEAST, seen=ratio),
            Bar(
                what=f"loading an order at {largest:,} of at {sizes[0]:,}",
                wanted=AT_LEAST,
                seen=round(load_ratio, 3),
            ),
        ],
        details={
            "events/s appended": {str(size): round(_median(appends[size])) for size in sizes},
            "orders/s loaded": {str(size): round(_median(loads[size])) for size in sizes},
        },
    )


def _median(samples: list[Sample]) -> float:
    return statistics.median(sample.per_s for sample in samples)
