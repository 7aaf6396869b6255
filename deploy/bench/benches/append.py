"""append: the store against the library's recorder and against binary COPY of the same rows."""

import statistics

from deploy.bench.append_load import EVENTS_EACH, THREADS, AppendPlan, run_append
from deploy.bench.databases import fresh_database
from deploy.bench.ground import Ground
from deploy.bench.measure import Sample
from deploy.bench.result import Bar, Options, Result, Say, in_turns, summary

CONCURRENT = (1, 8, 64, 256)
COPY_AT_LEAST = 0.45
RECORDER_TIMES = 6.0


def take(ground: Ground, how: str, concurrent: int, seconds: float) -> Sample:
    """Events a second over a fresh log; CPU an event."""
    with fresh_database(ground.settings.database_url) as dsn:
        usage = ground.usage("postgres")
        plan = AppendPlan(dsn=dsn, how=how, concurrent=concurrent, seconds=seconds)  # type: ignore[arg-type]
        appended = run_append(plan)
        events = appended.commands_per_s * EVENTS_EACH
        whole = events * (seconds + plan.warm_s)
        return Sample(
            per_s=events,
            latency_ms=appended.latency_ms,
            cpu_us=usage.cpu_us(int(whole)) | {how: round(appended.cpu_us / EVENTS_EACH, 1)},
            rss_mb=usage.rss_mb(),
        )


def append(options: Options, say: Say) -> Result:
    with Ground({"postgres"}) as ground:
        most = CONCURRENT[-1]
        by_concurrency: dict[str, dict[str, object]] = {}
        for concurrent in CONCURRENT[:-1]:
            taken = [
                take(ground, "store", concurrent, options.seconds) for _ in range(options.rounds)
            ]
            rate = statistics.median(sample.per_s for sample in taken)
            say(f"  {concurrent} concurrent: {rate:,.0f} events/s")
            by_concurrency[str(concurrent)] = {
                "events_per_s": round(rate),
                "latency_ms": taken[0].latency_ms,
            }
        recorded: list[Sample] = []

        def floor() -> Sample:
            recorded.append(take(ground, "recorder", THREADS, options.seconds))
            return take(ground, "copy", 1, options.seconds)

        say(f"  {most} concurrent, against COPY:")
        rounds = in_turns(
            options.rounds,
            lambda: take(ground, "store", most, options.seconds),
            floor,
            say,
        )
    recorder = statistics.median(sample.per_s for sample in recorded)
    say(f"  the library's recorder, {THREADS} threads: {recorder:,.0f} events/s")
    return summary(
        "append",
        "events/s",
        rounds,
        bars=lambda ours, ratio: [
            Bar(what="of binary COPY", wanted=COPY_AT_LEAST, seen=ratio),
            Bar(what="times the recorder", wanted=RECORDER_TIMES, seen=round(ours / recorder, 2)),
        ],
        details={"recorder events/s": round(recorder), "by concurrency": by_concurrency},
    )
