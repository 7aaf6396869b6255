"""project: read models that drain the log, against binary COPY of the rows that they end with."""

from time import perf_counter

import psycopg

from deploy.bench import history
from deploy.bench.databases import fresh_database
from deploy.bench.ground import Ground
from deploy.bench.measure import Sample
from deploy.bench.project_load import ProjectPlan, run_project
from deploy.bench.result import Bar, Options, Result, Say, summary

EVENTS = 200_000
MODELS = ("orders", "ledger")
AT_LEAST = 0.20
TABLES = (
    "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY(%s) ORDER BY 1"
)
CHUNK = 65_536


def _copied(dsn: str) -> tuple[float, int]:
    """The same rows once more into the emptied tables: seconds and rows. Indexes stay."""
    seconds, rows = 0.0, 0
    with psycopg.connect(dsn, autocommit=True) as connection:
        schemas = [f"rm_{name}" for name in MODELS]
        tables = [str(row[0]) for row in connection.execute(TABLES, [schemas]).fetchall()]
        for table in tables:
            with connection.cursor().copy(
                f"COPY {table} TO STDOUT (FORMAT BINARY)".encode()
            ) as out:
                whole = b"".join(out)
            connection.execute(f"TRUNCATE {table}".encode())
            began = perf_counter()
            with connection.cursor() as cursor:
                with cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)".encode()) as copy:
                    for start in range(0, len(whole), CHUNK):
                        copy.write(whole[start : start + CHUNK])
                rows += cursor.rowcount
            seconds += perf_counter() - began
    return seconds, rows


def project(options: Options, say: Say) -> Result:
    rounds: list[tuple[Sample, Sample | None]] = []
    with Ground({"postgres"}) as ground:
        for number in range(1, options.rounds + 1):
            with fresh_database(ground.settings.database_url) as dsn:
                history.fill(dsn, EVENTS)
                usage = ground.usage("postgres")
                projected = run_project(ProjectPlan(dsn=dsn, models=list(MODELS)))
                ours = Sample(
                    per_s=projected.position / projected.seconds,
                    cpu_us=usage.cpu_us(EVENTS)
                    | {"projector": round(projected.cpu_s * 1e6 / EVENTS, 1)},
                    rss_mb=usage.rss_mb(),
                )
                seconds, rows = _copied(dsn)
                floor = Sample(per_s=EVENTS / seconds, details={"rows": rows})
            rounds.append((ours, floor))
            ratio = ours.per_s / floor.per_s
            say(f"  round {number}: {ours.per_s:,.0f}/s of {floor.per_s:,.0f}/s ({ratio:.2f})")
    return summary(
        "project",
        "events/s",
        rounds,
        bars=lambda _, ratio: [Bar(what="of COPY of the same rows", wanted=AT_LEAST, seen=ratio)],
    )
