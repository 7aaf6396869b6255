"""place-order and paid-order: orders over HTTP, durably."""

from deploy.bench.ground import Ground
from deploy.bench.market import Market
from deploy.bench.measure import Sample
from deploy.bench.result import Bar, Options, Result, Say, in_turns, summary

PLACE_AT_LEAST = 0.45
PAID_AT_LEAST = 0.40
PEER_BEST_PER_S = 9.9
PEER_TIMES = 100
type Rounds = list[tuple[Sample, Sample | None]]

FLOOR = ["deploy.bench.floor_write", "--port", "{port}"]


def _against_floor(scenario: str, options: Options, say: Say) -> Rounds:
    """One write process, and the same application that decides and writes nothing."""
    with Ground({"postgres", "write"}) as ground:
        market = Market(ground, options, say)
        floor = ground.start("floor", FLOOR, "/ping")
        return in_turns(
            options.rounds,
            lambda: market.load(scenario, "write"),
            lambda: market.load(scenario, "floor", floor),
            say,
        )


def place_order(options: Options, say: Say) -> Result:
    return summary(
        "place-order",
        "orders/s",
        _against_floor("place-order", options, say),
        bars=lambda _, ratio: [Bar(what="of the floor", wanted=PLACE_AT_LEAST, seen=ratio)],
    )


def paid_order(options: Options, say: Say) -> Result:
    return summary(
        "paid-order",
        "paid orders/s",
        _against_floor("paid-order", options, say),
        bars=lambda ours, ratio: [
            Bar(what="of the floor", wanted=PAID_AT_LEAST, seen=ratio),
            Bar(
                what=f"times the best peer ({PEER_BEST_PER_S}/s)",
                wanted=PEER_TIMES,
                seen=round(ours / PEER_BEST_PER_S, 1),
            ),
        ],
    )
