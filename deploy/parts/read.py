"""The part `read`: the read API."""

from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import httpx
from litestar import Litestar
from litestar.types import LifespanHook

from commands.accounts.keys import AccountKeys
from deploy.http import problems
from deploy.http.access import Access
from deploy.http.api_keys import ApiKeys
from deploy.http.application import exception_handlers, make_access, make_limits
from deploy.http.attempts import Attempt, Note
from deploy.http.edge.cors import origins_of, with_cors
from deploy.http.edge.guard import Guarded
from deploy.http.edge.windows import Windows
from deploy.http.guard import refuse_nul
from deploy.http.metrics import Metrics
from deploy.http.openapi import Description
from deploy.http.revocations import Revocations
from deploy.serve import serve
from deploy.settings import Settings
from deploy.wiring import clock, make_pool
from eventstore.identity import Identity
from projections.batched import BatchedLookup
from projections.models.audit import reads
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

# A read has none.
BODY_BYTES_MAX = 16 * 1024


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
    windows = Windows(settings.redis_url)
    limits = make_limits(settings, windows)
    revocations = Revocations(settings.database_url, clock)
    metrics = Metrics(lambda: {**limits.gauges(), **revocations.gauges()})
    services = make_read_services(settings, metrics.text)
    keys = ApiKeys(AccountKeys(settings.account_secret), services.pool)
    access = make_access(settings, limits, revocations, _noting(services), keys)
    return assemble_read_app(
        services,
        access,
        metrics,
        on_startup=[revocations.start],
        on_shutdown=[revocations.stop, windows.close],
    )


def _noting(services: ReadServices) -> Note:
    """What staff may not read stands with what it has read."""

    async def note(identity: Identity, attempt: Attempt) -> None:
        async with services.pool.connection() as connection:
            await reads.record(
                connection, services.clock(), str(identity), attempt.path, "", attempt.code
            )

    return note


def assemble_read_app(
    services: ReadServices,
    access: Access,
    metrics: Metrics,
    topics: Sequence[Topic] = READ_TOPICS,
    *,
    on_startup: Sequence[LifespanHook] = (),
    on_shutdown: Sequence[LifespanHook] = (),
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

    return read_app(
        services,
        openapi=Description("read"),
        topics=topics,
        exception_handlers=exception_handlers(read_problems(problems.problem)),
        middleware=[metrics.middleware, refuse_nul, access.middleware],
        on_startup=[start, *on_startup],
        on_shutdown=[stop, *on_shutdown],
    )


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


def run(settings: Settings) -> None:
    guarded = Guarded(make_read_app(settings), BODY_BYTES_MAX)
    serve(with_cors(guarded, origins_of(settings.origins)), settings.read_port)
