"""worst-bodies: the most memory that any process takes under the largest orders there can be."""

import secrets

from deploy.bench.benches.lag import caught_up
from deploy.bench.ground import Ground
from deploy.bench.load import Loaded, Plan, run_load
from deploy.bench.measure import Sample, family, peak_mb
from deploy.bench.result import Bar, Options, Result, Say, summary
from deploy.bench.scenarios import Asked
from deploy.bench.worst_shop import order_id, seed_worst

PEAK_MB_AT_MOST = 300.0
OURS = ("write", "read", "relay", "projectors", "processes", "worker", "gateway")
THEIRS = ("clickhouse", "meilisearch", "postgres", "nats", "valkey", "sandbox", "s3")
CONNECTIONS = 256
READERS = 64
STRETCH = 4.0  # of --seconds
ORDERS_READ = 200


def worst_bodies(options: Options, say: Say) -> Result:
    """Orders as large as validation lets through, all at once; then everybody reads them."""
    with Ground(None) as ground:
        run, token = secrets.token_hex(3), ground.token()
        seed_worst(ground.settings.write_port, token)

        def load(scenario: str, connections: int, targets: list[str]) -> Loaded:
            asked = Asked(scenario=scenario, run=run, token=token, targets=targets)
            plan = Plan(
                ports=[ground.port],
                asked=asked,
                connections=connections,
                seconds=options.seconds * STRETCH,
            )
            return run_load(plan)

        placed = load("worst-order", CONNECTIONS, [])
        say(f"  {placed.per_s:,.0f} orders/s of the largest kind, over {CONNECTIONS} connections")
        caught_up(ground)
        seen = load("gets", READERS, _reads(run))
        say(f"  {seen.per_s:,.0f} reads/s of them, over {READERS} connections")
        peaks = {
            name: round(max(map(peak_mb, family(pid))), 1)
            for name, pid in ground.pids(*OURS, *THEIRS).items()
        }
    say(f"  {peaks}")
    return summary(
        "worst-bodies",
        "MB, largest process of ours",
        [(Sample(per_s=max(peaks[name] for name in OURS), rss_mb=peaks), None)],
        bars=lambda _rate, _ratio: [
            Bar(what=f"MB, peak of {name}", wanted=PEAK_MB_AT_MOST, seen=peaks[name], at_most=True)
            for name in OURS
        ],
        details={
            "orders/s": round(placed.per_s, 1),
            "reads/s": round(seen.per_s, 1),
            "statuses": {"orders": placed.statuses, "reads": seen.statuses},
        },
    )


def _reads(run: str) -> list[str]:
    """Orders, and the pages on which the largest events stand whole."""
    orders = [f"/v1/orders/{order_id(run, number)}" for number in range(ORDERS_READ)]
    pages = ["/v1/audit/events?action=order.placed&limit=200", "/v1/orders?limit=200"]
    return [target for order in orders for target in (order, *pages)]
