"""The process that projects: `python -m deploy.bench.project_load`, its plan on stdin."""

import os
import subprocess
import sys
from time import perf_counter, process_time

import msgspec
import uvloop
from psycopg import AsyncConnection

from deploy import collector
from projections.applier import Applier
from projections.catalogue import POSTGRES
from projections.postgres_model import PostgresModel


class ProjectPlan(msgspec.Struct, frozen=True, kw_only=True):
    dsn: str
    models: list[str]


class Projected(msgspec.Struct, frozen=True, kw_only=True):
    position: int
    seconds: float
    cpu_s: float


class ProjectFailed(RuntimeError):
    """The projecting process ended without a result."""


async def drain(plan: ProjectPlan) -> Projected:
    """From the log's beginning to its end, as projectors do that have been away."""
    models = [PostgresModel(model) for model in POSTGRES if model.name in plan.models]
    applier = Applier(models, "bench")
    collector.settle()
    async with (
        await AsyncConnection.connect(plan.dsn, autocommit=True) as connection,
        await AsyncConnection.connect(plan.dsn, autocommit=True) as source,
    ):
        await applier.begin(connection)
        began, began_cpu = perf_counter(), process_time()
        position = await applier.drain(connection, source)
        return Projected(
            position=position,
            seconds=perf_counter() - began,
            cpu_s=process_time() - began_cpu,
        )


def run_project(plan: ProjectPlan) -> Projected:
    """In a process of its own. Raises `ProjectFailed` with what it wrote."""
    done = subprocess.run(
        [sys.executable, "-m", "deploy.bench.project_load"],
        input=msgspec.json.encode(plan),
        capture_output=True,
        env=os.environ,
        timeout=900,
        check=False,
    )
    if done.returncode:
        raise ProjectFailed(done.stderr.decode(errors="replace")[-2_000:])
    return msgspec.json.decode(done.stdout, type=Projected)


def main() -> None:
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=ProjectPlan)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(drain(plan))))


if __name__ == "__main__":
    main()
