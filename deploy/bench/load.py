"""The load generator, a process of its own: `python -m deploy.bench.load`, its plan on stdin."""

import asyncio
import gc
import itertools
from collections import Counter
from time import perf_counter, process_time

import msgspec
import uvloop

from deploy import open_files
from deploy.bench.measure import quantiles_ms
from deploy.bench.scenarios import SCENARIOS, Asked
from deploy.bench.wire import Tally, closed_loop, paced
from deploy.bench.worker import run_worker, serve_plan


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`rate` operations a second, or as many as are answered. With two ports every second
    connection goes to the other server."""

    ports: list[int]
    asked: Asked
    connections: int = 64
    seconds: float = 5.0
    warm_s: float = 1.0
    rate: float | None = None
    operations_max: int | None = None


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """`per_s` counts operations that succeeded within the measured stretch."""

    per_s: float
    done: int
    statuses: dict[int, int]
    lost: int
    succeeded_by_port: list[int]
    latency_ms: dict[str, float]
    refused_ms: dict[str, float]
    cpu_s: float


async def _load(plan: Plan) -> Loaded:
    warm_until = perf_counter() + plan.warm_s
    tallies = [Tally(warm_until, warm_until + plan.seconds) for _ in plan.ports]
    endless = SCENARIOS[plan.asked.scenario](plan.asked)
    operations = itertools.islice(endless, plan.operations_max)
    share = plan.connections // len(plan.ports)
    if plan.rate is None:
        runs = [
            closed_loop(port, operations, share, tally)
            for port, tally in zip(plan.ports, tallies, strict=True)
        ]
    else:
        rate = plan.rate / len(plan.ports)
        runs = [
            paced(port, operations, share, tally, rate)
            for port, tally in zip(plan.ports, tallies, strict=True)
        ]
    await asyncio.gather(*runs)
    statuses = sum((tally.statuses for tally in tallies), Counter[int]())
    done = sum(tally.done for tally in tallies)
    return Loaded(
        per_s=done / plan.seconds,
        done=done,
        statuses=dict(statuses),
        lost=sum(tally.lost for tally in tallies),
        succeeded_by_port=[tally.succeeded for tally in tallies],
        latency_ms=quantiles_ms([took for tally in tallies for took in tally.latencies]),
        refused_ms=quantiles_ms([took for tally in tallies for took in tally.refused]),
        cpu_s=process_time(),
    )


def run_load(plan: Plan) -> Loaded:
    """In a process of its own. Raises `WorkerFailed`."""
    within_s = plan.seconds + plan.warm_s + 120
    return run_worker("deploy.bench.load", plan, Loaded, within_s)


def main() -> None:
    open_files.allow_many()
    gc.disable()  # Of the generator's pauses the servers' latencies should know nothing.
    serve_plan(Plan, lambda plan: uvloop.run(_load(plan)))


if __name__ == "__main__":
    main()
