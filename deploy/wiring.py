"""The composition root: settings to running parts. Nothing else knows all sides."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
from litestar import Litestar, Response
from litestar.types import LifespanHook
from psycopg_pool import AsyncConnectionPool

from commands.dispatch import Dispatch
from commands.outside.adapters import ADAPTERS
from commands.outside.inbox import Inbox
from commands.outside.payments.port import PAYMENTS
from commands.outside.port import DeliveryRefused, Outside
from commands.streams.payment.state import MANUAL
from commands.write_model import WriteModelFold
from deploy.http import openapi, problems
from deploy.http.access import Access
from deploy.http.guard import refuse_nul
from deploy.http.metrics import Metrics
from deploy.http.tokens import TokenVerifier
from deploy.settings import Settings
from eventstore.away import DATABASE_AWAY
from eventstore.store import EventStore
from projections.batched import BatchedLookup
from projections.models.orders.detail import order_views
from projections.overview_follower import OverviewFollower
from projections.positions import Positions
from projections.read_models import STORE_OF, VERSIONS
from read_api.app import TOPICS as READ_TOPICS
from read_api.app import read_app
from read_api.freshness import Freshness
from read_api.problems import handlers as read_problems
from read_api.reader import ReadServices
from read_api.route import Topic
from read_api.waits import Waits
from write_api.app import WriteServices, write_app
from write_api.problems import handlers as write_problems

RETRY_S = 0.5

log = logging.getLogger(__name__)


def clock() -> datetime:
    """The one clock that is read; everything else is told the time."""
    return datetime.now(UTC)


def make_store(settings: Settings) -> EventStore:
    return EventStore(settings.database_url, WriteModelFold())


def make_pool(dsn: str, size: int = 4, *, checked: bool = True) -> AsyncConnectionPool:
    """A small pool that opens with the application and comes back after a lost database.

    `checked` costs a round trip for each use, and finds connections that a restart has ended.
    """
    return AsyncConnectionPool(
        dsn,
        min_size=1,
        max_size=size,
        open=False,
        timeout=2.0,
        reconnect_timeout=0,
        check=AsyncConnectionPool.check_connection if checked else None,
        kwargs={"autocommit": True},
    )


type ErrorHandlers = Mapping[type[Exception], Callable[..., Response[Any]]]


def make_outsides(settings: Settings) -> list[Outside]:
    """The providers of every port with an outside; `manual` has none."""
    return [
        Outside(
            provider.port,
            provider.name,
            provider.make(settings.providers[provider.name], settings.provider_timeout_s),
        )
        for provider in ADAPTERS
    ]


def exception_handlers(more: ErrorHandlers) -> ErrorHandlers:
    return {**problems.HANDLERS, **more}


def make_write_app(settings: Settings) -> Litestar:
    store = make_store(settings)
    pool = make_pool(settings.database_url)
    outsides = make_outsides(settings)

    def gauges() -> dict[str, float]:
        return {"event_store_ready": float(store.ready), "commands_waiting": store.waiting}

    starting: list[asyncio.Task[None]] = []

    async def start() -> None:
        """HTTP is served at once: `readyz` says that the database is waited for."""
        starting.append(asyncio.create_task(_until_started(store), name="store"))
        await pool.open()

    async def stop() -> None:
        for task in starting:
            task.cancel()
        await asyncio.gather(*starting, return_exceptions=True)
        await store.stop()
        await pool.close()

    metrics = Metrics(gauges)
    services = WriteServices(
        clock=clock,
        dispatch=Dispatch(store, settings.policy),
        inbox=Inbox(pool, {one.provider: one.adapter for one in outsides}),
        providers=frozenset({MANUAL, *(one.provider for one in outsides if one.port is PAYMENTS)}),
        store_ready=lambda: store.ready,
        metrics_text=metrics.text,
    )
    access = make_access(settings)
    return assemble_write_app(services, access, metrics, on_startup=[start], on_shutdown=[stop])


async def _until_started(store: EventStore) -> None:
    """However long it takes: a database that is away, has no schema yet, or takes no writes."""
    while True:
        try:
            await store.start()
        except (psycopg.Error, OSError) as error:
            log.warning("the write side waits for postgresql (%s)", type(error).__name__)
            await asyncio.sleep(RETRY_S)
        else:
            return


def make_access(settings: Settings) -> Access:
    return Access(TokenVerifier(settings.public_key_file.read_text()), clock)


def assemble_write_app(
    services: WriteServices,
    access: Access,
    metrics: Metrics,
    *,
    on_startup: Sequence[LifespanHook] = (),
    on_shutdown: Sequence[LifespanHook] = (),
) -> Litestar:
    """The application around its services; the benchmarks' floor puts others in."""
    refusals = write_problems(problems.problem)
    app = write_app(
        services,
        openapi=openapi.config("write"),
        exception_handlers=exception_handlers(
            {**refusals, DeliveryRefused: _on_delivery, **dict.fromkeys(DATABASE_AWAY, _on_away)}
        ),
        middleware=[metrics.middleware, refuse_nul, access.middleware],
        on_startup=on_startup,
        on_shutdown=on_shutdown,
    )
    app.state.metrics = metrics
    openapi.describe(app)
    return app


def make_read_services(settings: Settings, metrics_text: Callable[[], str]) -> ReadServices:
    pool = make_pool(settings.database_url, size=8)
    positions = Positions(settings.database_url)
    return ReadServices(
        clock=clock,
        pool=pool,
        orders=BatchedLookup(settings.database_url, order_views),
        positions=positions,
        freshness=Freshness(positions, pool, STORE_OF),
        waits=Waits(positions, pool),
        search=search_client(settings),
        clickhouse=clickhouse_client(settings.clickhouse_url),
        metrics_text=metrics_text,
        overview=OverviewFollower(settings.database_url, VERSIONS, clock),
    )


def make_read_app(settings: Settings) -> Litestar:
    metrics = Metrics(dict)
    services = make_read_services(settings, metrics.text)
    return assemble_read_app(services, make_access(settings), metrics)


def assemble_read_app(
    services: ReadServices,
    access: Access,
    metrics: Metrics,
    topics: Sequence[Topic] = READ_TOPICS,
) -> Litestar:
    """The application around its services; the benchmarks' floor has a topic of its own."""

    async def start() -> None:
        await services.pool.open()
        services.orders.start()
        services.positions.start()
        services.overview.start()

    async def stop() -> None:
        await services.orders.stop()
        await services.positions.stop()
        await services.overview.stop()
        await services.pool.close()
        await services.search.aclose()
        await services.clickhouse.aclose()

    app = read_app(
        services,
        openapi=openapi.config("read"),
        topics=topics,
        exception_handlers=exception_handlers(read_problems(problems.problem)),
        middleware=[metrics.middleware, refuse_nul, access.middleware],
        on_startup=[start],
        on_shutdown=[stop],
    )
    openapi.describe(app)
    return app


def search_client(settings: Settings) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=settings.meilisearch_url,
        headers={"Authorization": f"Bearer {settings.meilisearch_key}"},
        timeout=5,
    )


def clickhouse_client(url: str) -> httpx.AsyncClient:
    """ClickHouse takes its user in headers; the URL may carry it."""
    parts = urlsplit(url)
    headers = {}
    if parts.username:
        headers = {
            "X-ClickHouse-User": parts.username,
            "X-ClickHouse-Key": parts.password or "",
        }
    host = parts.hostname or "127.0.0.1"
    base = f"{parts.scheme}://{host}:{parts.port or 8123}"
    return httpx.AsyncClient(base_url=base, headers=headers, timeout=30)


def _on_delivery(_: object, error: DeliveryRefused) -> Response[Any]:
    return problems.problem(400, error.code, str(error))


def _on_away(_: object, error: Exception) -> Response[Any]:
    detail = f"The database does not answer ({type(error).__name__}). Send the request again."
    return problems.problem(503, "unavailable", detail, headers={"Retry-After": "1"})
