"""memory: what every process holds after 200,000 orders, against after 2,000."""

from deploy.bench.benches.lag import caught_up
from deploy.bench.ground import Ground
from deploy.bench.load import run_load
from deploy.bench.market import Market
from deploy.bench.measure import Sample, rss_mb
from deploy.bench.result import Bar, Options, Result, Say, summary

FEW, MANY = 2_000, 200_000
AT_A_TIME = 20_000
GROWTH_AT_MOST = 0.20
OURS = ("write", "read", "relay", "projectors", "processes", "worker", "gateway")
LONG_S = 600.0


def memory(options: Options, say: Say) -> Result:
    with Ground(None) as ground:
        market = Market(ground, options, say)

        def held() -> dict[str, float]:
            caught_up(ground)
            return {name: round(rss_mb(pid), 1) for name, pid in ground.pids(*OURS).items()}

        def place(orders: int) -> float:
            plan = market.plan("place-order", operations_max=orders, seconds=LONG_S, warm_s=0.0)
            return run_load(plan).per_s * LONG_S

        placed = place(FEW)
        before = held()
        say(f"  after {placed:,.0f} orders: {before}")
        while placed < MANY:
            placed += place(AT_A_TIME)
            say(f"  after {placed:,.0f} orders: {held()}")
        after = held()
    growth = {name: round(after[name] / before[name] - 1, 3) for name in OURS}
    return summary(
        "memory",
        "MB, largest process",
        [(Sample(per_s=max(after.values()), rss_mb=after), None)],
        bars=lambda _rate, _ratio: [
            Bar(
                what=f"growth of {name} ({before[name]:.0f} to {after[name]:.0f} MB)",
                wanted=GROWTH_AT_MOST,
                seen=grown,
                at_most=True,
            )
            for name, grown in growth.items()
        ],
        details={"after 2,000": before, "after 200,000": after},
    )
