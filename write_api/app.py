"""The write API: routes translate to commands, dispatch them, translate back."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from litestar import Litestar, Response
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import RedocRenderPlugin, SwaggerRenderPlugin
from litestar.types import LifespanHook, Middleware

from commands.inbox import Inbox
from write_api.caller import Authenticate, Dispatcher, provide_caller
from write_api.routes import catalogue, money, operations, orders, webhooks

# Far more than any body that is valid; all that are under way lie in memory at once.
BODY_BYTES_MAX = 128 * 1024


class WriteServices(msgspec.Struct, frozen=True, kw_only=True):
    """What the composition root hands over."""

    authenticate: Authenticate
    clock: Callable[[], datetime]
    dispatch: Dispatcher
    inbox: Inbox
    providers: frozenset[str]
    store_ready: Callable[[], bool]
    metrics_text: Callable[[], str]


def write_app(
    services: WriteServices,
    *,
    exception_handlers: Mapping[type[Exception], Callable[..., Response[Any]]],
    middleware: Sequence[Middleware] = (),
    on_startup: Sequence[LifespanHook] = (),
    on_shutdown: Sequence[LifespanHook] = (),
) -> Litestar:
    handlers: list[Any] = [
        *catalogue.ROUTES,
        *orders.ROUTES,
        *money.ROUTES,
        *webhooks.ROUTES,
        *operations.ROUTES,
    ]
    app = Litestar(
        route_handlers=handlers,
        dependencies={"caller": Provide(provide_caller)},
        exception_handlers=dict(exception_handlers.items()),
        middleware=list(middleware),
        on_startup=list(on_startup),
        on_shutdown=list(on_shutdown),
        request_max_body_size=BODY_BYTES_MAX,
        openapi_config=OpenAPIConfig(
            title="Marketplace transactions: write API",
            version="1",
            path="/schema/write",
            render_plugins=[SwaggerRenderPlugin(), RedocRenderPlugin()],
        ),
        logging_config=None,
    )
    for field in services.__struct_fields__:
        app.state[field] = getattr(services, field)
    return app
