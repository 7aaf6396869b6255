"""flood: orders while people without number try passwords, against orders alone."""

from concurrent.futures import ThreadPoolExecutor

from deploy.bench.ground import Ground
from deploy.bench.load import Loaded, run_load
from deploy.bench.market import Market
from deploy.bench.measure import Sample
from deploy.bench.result import Bar, Options, Result, Say, in_turns, summary

TRYING = 32
AT_LEAST = 0.80
TARGET = "/v1/sign-ins"
BODIES = [{"email": f"u{number}@example.org", "password": "wrong-horse"} for number in range(500)]


def flood(options: Options, say: Say) -> Result:
    """The gate is open, as it never is on the internet: only the hashing's own bounds hold."""
    tried: list[dict[int, int]] = []
    with Ground({"postgres", "write"}) as ground, ThreadPoolExecutor(1) as beside:
        market = Market(ground, options, say)

        def ours() -> Sample:
            asked = market.plan("posts", connections=TRYING)
            asked.asked.targets.append(TARGET)
            asked.asked.bodies.extend(BODIES)
            flooding = beside.submit(run_load, asked)
            sample = market.load("place-order", "write")
            loaded: Loaded = flooding.result()
            tried.append(loaded.statuses)
            return sample

        rounds = in_turns(options.rounds, ours, lambda: market.load("place-order", "write"), say)
    say(f"  sign-ins by status: {tried}")
    return summary(
        "flood",
        "orders/s",
        rounds,
        bars=lambda _, ratio: [Bar(what="of orders without a flood", wanted=AT_LEAST, seen=ratio)],
        details={"sign-ins by status": tried},
    )
