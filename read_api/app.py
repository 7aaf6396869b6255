"""The read API: routes ask queries; nothing here can append."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from litestar import Litestar, Response
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import RedocRenderPlugin, SwaggerRenderPlugin
from litestar.types import LifespanHook, Middleware

from read_api.reader import ReadServices, provide_reader
from read_api.routes import analytics, audit, books, catalogue, explain, operations, orders

ROUTES: Sequence[Any] = (
    *orders.ROUTES,
    *catalogue.ROUTES,
    *books.ROUTES,
    *audit.ROUTES,
    *explain.ROUTES,
    *analytics.ROUTES,
    *operations.ROUTES,
)


def read_app(
    services: ReadServices,
    *,
    routes: Sequence[Any] = ROUTES,
    exception_handlers: Mapping[type[Exception], Callable[..., Response[Any]]],
    middleware: Sequence[Middleware] = (),
    on_startup: Sequence[LifespanHook] = (),
    on_shutdown: Sequence[LifespanHook] = (),
) -> Litestar:
    app = Litestar(
        route_handlers=list(routes),
        dependencies={"reader": Provide(provide_reader)},
        exception_handlers=dict(exception_handlers.items()),
        middleware=list(middleware),
        on_startup=list(on_startup),
        on_shutdown=list(on_shutdown),
        openapi_config=OpenAPIConfig(
            title="Marketplace transactions: read API",
            version="1",
            path="/schema/read",
            render_plugins=[SwaggerRenderPlugin(), RedocRenderPlugin()],
        ),
        logging_config=None,
    )
    app.state.services = services
    return app
