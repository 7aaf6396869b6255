"""place-order and paid-order: orders over HTTP, durably."""

from deploy.bench.ground import Ground
from deploy.bench.market import Market
from deploy.bench.result import Bar, Options, Result, Say, in_turns, summary

PLACE_AT_LEAST = 0.45
PAID_AT_LEAST = 0.40
PEER_BEST_PER_S = 9.9
PEER_TIMES = 100
FLOOR = ["deploy.bench.floor_write", "--port", "{port}"]


def place_order(options: Options, say: Say) -> Result:
    with Ground({"postgres", "write"}) as ground:
        market = Market(ground, options, say)
        floor = ground.start("floor", FLOOR, "/ping")
        rounds = in_turns(
            options.rounds,
            lambda: market.load("place-order", "write"),
            lambda: market.load("place-order", "floor", floor),
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
        market = Market(ground, options, say)
        floor = ground.start("floor", FLOOR, "/ping")
        rounds = in_turns(
            options.rounds,
            lambda: market.load("paid-order", "write"),
            lambda: market.load("paid-order", "floor", floor),
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
