"""read-order: a whole order over HTTP, against one SELECT of the same bytes."""

import asyncio

import httpx
import psycopg
from psycopg import AsyncConnection

from deploy.bench import history
from deploy.bench.floor_read import DDL
from deploy.bench.ground import HOST, Ground
from deploy.bench.load import Plan
from deploy.bench.measure import Sample
from deploy.bench.result import Bar, Options, Result, Say, in_turns, summary
from deploy.bench.scenarios import Asked
from deploy.bench.stretch import measured
from projections.read_models import POSTGRES
from projections.running.applier import Applier
from projections.stores.postgresql.model import PostgresModel

EVENTS = 50_000
MODELS = ("orders", "payments", "refunds", "escrow")
ORDERS = 500
AT_LEAST = 0.80
FLOOR = ["deploy.bench.floor_read", "--port", "{port}"]
INSERT = "INSERT INTO bench_documents VALUES (%s, %s)"


async def fill_models(dsn: str) -> None:
    """The read models of the log that is there."""
    models = [PostgresModel(model) for model in POSTGRES if model.name in MODELS]
    async with (
        await AsyncConnection.connect(dsn, autocommit=True) as connection,
        await AsyncConnection.connect(dsn, autocommit=True) as source,
    ):
        applier = Applier(models, "bench")
        await applier.begin(connection)
        await applier.drain(connection, source)


def _same_bytes(dsn: str, port: int, token: str, ids: list[str]) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    with (
        psycopg.connect(dsn, autocommit=True) as connection,
        httpx.Client(base_url=f"http://{HOST}:{port}", headers=headers) as client,
    ):
        connection.execute(DDL)
        for order_id in ids:
            response = client.get(f"/v1/orders/{order_id}").raise_for_status()
            connection.execute(INSERT, [order_id, response.content])


def read_order(options: Options, say: Say) -> Result:
    days = EVENTS // len(history.one_day())
    ids = [f"{n % days:08}-{n % history.ORDERS}" for n in range(ORDERS)]
    with Ground({"postgres", "read"}) as ground:
        settings = ground.settings
        history.fill(settings.database_url, EVENTS)
        asyncio.run(fill_models(settings.database_url))
        token = ground.token()
        _same_bytes(settings.database_url, settings.read_port, token, ids)
        floor = ground.start("floor", FLOOR, "/ping")

        def take(process: str, port: int) -> Sample:
            asked = Asked(scenario="read-order", run="r", token=token, seed=options.seed, ids=ids)
            plan = Plan(ports=[port], asked=asked, seconds=options.seconds)
            return measured(ground, plan, process, "postgres")[0]

        rounds = in_turns(
            options.rounds,
            lambda: take("read", settings.read_port),
            lambda: take("floor", floor),
            say,
        )
    return summary(
        "read-order",
        "reads/s",
        rounds,
        bars=lambda _, ratio: [Bar(what="of one SELECT", wanted=AT_LEAST, seen=ratio)],
    )
