"""The part `write`: the write API, which refuses early what it cannot answer in time."""

import asyncio
import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import httpx
import psycopg
from litestar import Litestar, Response
from litestar.types import LifespanHook

from commands.accounts.desk import Accounts
from commands.accounts.keys import AccountKeys
from commands.dispatch import Cause
from commands.outside.inbox import Inbox
from commands.outside.payments.port import PAYMENTS
from commands.outside.port import DeliveryRefused
from commands.records.passwords.hashing import Passwords
from commands.records.record import Records
from commands.streams.attempt.messages import RecordAttempt
from commands.streams.payment.state import MANUAL
from deploy.accounts import (
    make_breached,
    make_elsewhere,
    make_gate,
    make_passwords,
    make_texting,
    new_id,
    wired,
)
from deploy.http import problems
from deploy.http.access import Access
from deploy.http.api_keys import ApiKeys
from deploy.http.application import exception_handlers, make_access, make_limits
from deploy.http.attempts import Attempt, Note
from deploy.http.edge.client_address import ClientAddress
from deploy.http.edge.cors import origins_of, with_cors
from deploy.http.edge.guard import Guarded
from deploy.http.edge.windows import Windows
from deploy.http.guard import refuse_nul
from deploy.http.metrics import Metrics
from deploy.http.openapi import Description
from deploy.http.revocations import Revocations
from deploy.http.shedding import shedding_protocol
from deploy.serve import serve
from deploy.settings import Settings
from deploy.wiring import clock, make_dispatch, make_outsides, make_pool, make_store
from eventstore.away import DATABASE_AWAY
from eventstore.events.attempt import attempt_stream
from eventstore.identity import Identity
from eventstore.store import EventStore
from write_api.app import BODY_BYTES_MAX, WriteServices, write_app
from write_api.caller import Dispatcher, actor_of
from write_api.problems import handlers as write_problems

RETRY_S = 0.5
POOL_SIZE = 8

log = logging.getLogger(__name__)


class _Life:
    """HTTP is served at once: `readyz` says that the database is waited for."""

    def __init__(
        self, store: EventStore, pool: Records, hashing: Passwords, client: httpx.AsyncClient
    ) -> None:
        self._client = client
        self._store = store
        self._pool = pool
        self._hashing = hashing
        self._starting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._starting = asyncio.create_task(_until_started(self._store), name="store")
        await self._pool.open()

    async def stop(self) -> None:
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        await self._store.stop()
        await self._client.aclose()
        await self._pool.close()
        self._hashing.close()


def make_write_app(settings: Settings) -> Litestar:
    store = make_store(settings)
    pool = make_pool(settings.database_url, POOL_SIZE)
    hashing = make_passwords(settings)
    client = httpx.AsyncClient(timeout=settings.provider_timeout_s)
    life = _Life(store, pool, hashing, client)
    windows = Windows(settings.redis_url)
    limits = make_limits(settings, windows)
    gate = make_gate(settings, windows)
    texting = make_texting(settings)
    revocations = Revocations(settings.database_url, clock)

    def gauges() -> dict[str, float]:
        return {
            "event_store_ready": float(store.ready),
            "commands_waiting": store.waiting,
            "passwords_waiting": hashing.waiting,
            **limits.gauges(),
            **gate.gauges(),
            **texting.gauges(),
            **revocations.gauges(),
        }

    metrics = Metrics(gauges)
    dispatch = make_dispatch(settings, store, pool)
    outside = (make_elsewhere(settings, client), texting, make_breached(settings, client))
    accounts = wired(settings, pool, dispatch, hashing, gate, *outside)
    services = _services(settings, store, pool, metrics, dispatch, accounts)
    keys = ApiKeys(AccountKeys(settings.account_secret), pool)
    return assemble_write_app(
        services,
        make_access(settings, limits, revocations, _noting(services.dispatch), keys),
        metrics,
        on_startup=[life.start, revocations.start],
        on_shutdown=[revocations.stop, life.stop, windows.close],
    )


def _services(
    settings: Settings,
    store: EventStore,
    pool: Records,
    metrics: Metrics,
    dispatch: Dispatcher,
    accounts: Accounts,
) -> WriteServices:
    outsides = make_outsides(settings, pool)
    return WriteServices(
        clock=clock,
        dispatch=dispatch,
        inbox=Inbox(pool, {one.provider: one.delivering for one in outsides if one.delivering}),
        records=pool,
        accounts=accounts,
        address_of=ClientAddress(settings.trusted_proxies, settings.proxy_hops).of,
        account_keys=AccountKeys(settings.account_secret),
        origins=origins_of(settings.origins),
        providers=frozenset({MANUAL, *(one.provider for one in outsides if one.port is PAYMENTS)}),
        store_ready=lambda: store.ready,
        metrics_text=metrics.text,
    )


def _noting(dispatch: Dispatcher) -> Note:
    """What staff was refused goes into the log, in the name of whoever tried."""

    async def note(identity: Identity, attempt: Attempt) -> None:
        attempt_id, now = new_id(), clock()
        source = f"attempts/{attempt_id}"
        command = RecordAttempt(
            attempt_id=attempt_id,
            route=attempt.route,
            path=attempt.path,
            status=attempt.status,
            code=attempt.code,
            by=actor_of(identity),
            now=now,
            occurred_at=now,
        )
        cause = Cause(
            command_id=source,
            correlation_id=attempt_stream(attempt_id),
            causation_id=source,
            session=identity.session,
        )
        await dispatch(command, cause)

    return note


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
        openapi=Description("write"),
        exception_handlers=exception_handlers(
            {**refusals, DeliveryRefused: _on_delivery, **dict.fromkeys(DATABASE_AWAY, _on_away)}
        ),
        middleware=[metrics.middleware, refuse_nul, access.middleware],
        on_startup=on_startup,
        on_shutdown=on_shutdown,
    )
    app.state.metrics = metrics
    return app


def _on_delivery(_: object, error: DeliveryRefused) -> Response[Any]:
    return problems.problem(400, error.code, str(error))


def _on_away(_: object, error: Exception) -> Response[Any]:
    detail = f"The database does not answer ({type(error).__name__}). Send the request again."
    return problems.problem(503, "unavailable", detail, headers={"Retry-After": "1"})


def run(settings: Settings) -> None:
    app = make_write_app(settings)
    metrics: Metrics = app.state.metrics

    def refused() -> None:
        metrics.observe("POST", HTTPStatus.SERVICE_UNAVAILABLE, 0.0)

    guarded = with_cors(Guarded(app, BODY_BYTES_MAX), origins_of(settings.origins))
    serve(guarded, settings.write_port, http=shedding_protocol(settings.in_flight_max, refused))
