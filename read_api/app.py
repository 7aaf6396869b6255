"""The read API: routes ask queries; nothing here can append."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from litestar import Litestar, Response
from litestar.di import Provide
from litestar.plugins import PluginProtocol
from litestar.types import LifespanHook, Middleware

from read_api import (
    accounts,
    analytics,
    audit,
    explain,
    ledger,
    listings,
    operations,
    orders,
    payments,
    payouts,
    refunds,
    sellers,
    staff_actions,
)
from read_api.reader import ReadServices, provide_reader
from read_api.route import Topic

TOPICS: tuple[Topic, ...] = (
    orders.TOPIC,
    payments.TOPIC,
    refunds.TOPIC,
    listings.TOPIC,
    sellers.TOPIC,
    payouts.TOPIC,
    ledger.TOPIC,
    audit.TOPIC,
    explain.TOPIC,
    analytics.TOPIC,
    operations.TOPIC,
    accounts.TOPIC,
    staff_actions.TOPIC,
)


def read_app(
    services: ReadServices,
    *,
    openapi: PluginProtocol,
    topics: Sequence[Topic] = TOPICS,
    exception_handlers: Mapping[type[Exception], Callable[..., Response[Any]]],
    middleware: Sequence[Middleware] = (),
    on_startup: Sequence[LifespanHook] = (),
    on_shutdown: Sequence[LifespanHook] = (),
) -> Litestar:
    app = Litestar(
        route_handlers=[route for topic in topics for route in topic.routes],
        dependencies={"reader": Provide(provide_reader)},
        exception_handlers=dict(exception_handlers.items()),
        middleware=list(middleware),
        on_startup=list(on_startup),
        on_shutdown=list(on_shutdown),
        plugins=[openapi],
        logging_config=None,
    )
    app.state.services = services
    return app
