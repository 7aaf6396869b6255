"""limit: orders by 10,000 buyers with limits on, against one buyer and none; reads as well."""

import asyncio
from typing import Any

from deploy.bench.benches.read_order import fill_models
from deploy.bench.ground import Ground
from deploy.bench.load import Plan
from deploy.bench.market import Market
from deploy.bench.measure import Sample
from deploy.bench.result import Bar, Options, Result, Say, in_turns, summary
from deploy.bench.scenarios import Asked
from deploy.bench.stretch import measured

BUYERS = 10_000
AT_LEAST = 0.95
# Counted, and never reached: a load comes from one address.
LIMITS = {
    "MARKET_LIMIT_PER_ADDRESS": "1000000000",
    "MARKET_LIMIT_PER_ACCOUNT": "1000000000",
}
PARTS = {"postgres", "valkey", "write", "read"}
ONCE: dict[str, Any] = {"operations_max": BUYERS, "warm_s": 0.0, "seconds": 60.0}


class Side:
    """A stack, and so many buyers who order and read what they have ordered."""

    def __init__(self, ground: Ground, options: Options, say: Say, buyers: int) -> None:
        self._ground = ground
        self._seconds = options.seconds
        self._market = Market(ground, options, say)
        self._market.let_in(buyers)
        # So that each token was seen: its signature is looked at once in the time that it is good.
        self._placed = self._market.plan("place-order", **ONCE).asked
        self._once(Plan(ports=[self._market.port], asked=self._placed, **ONCE))
        asyncio.run(fill_models(ground.settings.database_url))
        self._once(self._reading(**ONCE))

    def writes(self) -> Sample:
        return self._market.load("place-order", "write")

    def reads(self) -> Sample:
        plan = self._reading(seconds=self._seconds)
        return measured(self._ground, plan, "read", "postgres")[0]

    def _reading(self, **given: Any) -> Plan:
        run, tokens = self._placed.run, self._placed.tokens
        asked = Asked(scenario="own-orders", run=run, token="", tokens=tokens, many=BUYERS)
        return Plan(ports=[self._ground.settings.read_port], asked=asked, **given)

    def _once(self, plan: Plan) -> None:
        measured(self._ground, plan, "write", "postgres")


def limit(options: Options, say: Say) -> Result:
    with Ground(PARTS) as off, Ground(PARTS, LIMITS) as on:
        floor = Side(off, options, say, 1)
        ours = Side(on, options, say, BUYERS)
        rounds = in_turns(options.rounds, ours.writes, floor.writes, say)
        say("  reads")
        reads = summary("reads", "reads/s", in_turns(options.rounds, ours.reads, floor.reads, say))
    return summary(
        "limit",
        "orders/s",
        rounds,
        bars=lambda _, ratio: [
            Bar(what="of one buyer and no limits", wanted=AT_LEAST, seen=ratio),
            Bar(what="of reads likewise", wanted=AT_LEAST, seen=reads.ratio or 0.0),
        ],
        details={"reads/s": [reads.ours, reads.floor]},
    )
