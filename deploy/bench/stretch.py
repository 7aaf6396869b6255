"""One measured stretch: a load, and what the processes under it used."""

from deploy.bench.ground import Ground
from deploy.bench.load import Loaded, Plan, run_load
from deploy.bench.measure import Sample


def measured(ground: Ground, plan: Plan, *processes: str) -> tuple[Sample, Loaded]:
    """CPU time is an operation's share, the warm-up included in both."""
    usage = ground.usage(*processes)
    loaded = run_load(plan)
    whole = sum(loaded.statuses.values()) * (plan.seconds + plan.warm_s) / plan.seconds
    sample = Sample(
        per_s=loaded.per_s,
        latency_ms=loaded.latency_ms,
        cpu_us=usage.cpu_us(int(whole)) | {"load": round(loaded.cpu_s * 1e6 / max(whole, 1), 1)},
        rss_mb=usage.rss_mb(),
        details={"statuses": loaded.statuses, "refused_ms": loaded.refused_ms},
    )
    return sample, loaded
