"""overload: twice the load that can be sustained is refused early, not queued."""

from deploy.bench.ground import Ground
from deploy.bench.market import Market
from deploy.bench.measure import Sample
from deploy.bench.result import Bar, Options, Result, Say, in_turns, summary
from deploy.bench.stretch import measured

CONNECTIONS = 768
TIMES = 2.0
AT_LEAST = 0.85
REFUSED_WITHIN_MS = 50.0
GROWTH_AT_MOST = 0.20


def overload(options: Options, say: Say) -> Result:
    peak = 0.0
    refused_p99_ms: list[float] = []
    with Ground({"postgres", "write"}) as ground:
        market = Market(ground, options, say)

        def floor() -> Sample:
            nonlocal peak
            sample = market.load("place-order", "write")
            peak = sample.per_s
            return sample

        def ours() -> Sample:
            plan = market.plan("place-order", rate=peak * TIMES, connections=CONNECTIONS)
            sample, loaded = measured(ground, plan, "write", "postgres")
            refused_p99_ms.append(loaded.refused_ms.get("p99", 0.0))
            return sample

        rounds = in_turns(options.rounds, ours, floor, say)
    worst = max(refused_p99_ms)
    held = [sample.rss_mb["write"] for sample, _ in rounds]
    return summary(
        "overload",
        "orders/s",
        rounds,
        bars=lambda _, ratio: [
            Bar(what="of the sustained rate", wanted=AT_LEAST, seen=ratio),
            Bar(what="ms p99 until a refusal", wanted=REFUSED_WITHIN_MS, seen=worst, at_most=True),
            Bar(
                what="growth of the write process",
                wanted=GROWTH_AT_MOST,
                seen=round(held[-1] / held[0] - 1, 3),
                at_most=True,
            ),
        ],
    )
