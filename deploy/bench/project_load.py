"""The process that projects: `python -m deploy.bench.project_load`, its plan on stdin."""

from time import perf_counter, process_time

import msgspec
import uvloop
from psycopg import AsyncConnection

from deploy import collector
from deploy.bench.worker import run_worker, serve_plan
from projections.read_models import POSTGRES
from projections.running.applier import Applier
from projections.stores.postgresql.model import PostgresModel


class ProjectPlan(msgspec.Struct, frozen=True, kw_only=True):
    dsn: str
    models: list[str]


class Projected(msgspec.Struct, frozen=True, kw_only=True):
    position: int
    seconds: float
    cpu_s: float


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
    """In a process of its own. Raises `WorkerFailed`."""
    return run_worker("deploy.bench.project_load", plan, Projected, 900)


if __name__ == "__main__":
    serve_plan(ProjectPlan, lambda plan: uvloop.run(drain(plan)))
