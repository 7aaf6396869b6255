"""Swagger UI from this server alone: its files come with a package, its page runs no inline script.

A page that is also where tokens are typed in loads nothing from anybody else.
"""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from litestar import Request, Response, Router, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.plugins import OpenAPIRenderPlugin

from eventstore.identity import PUBLIC

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>{title}</title>
    <link rel="stylesheet" href="{path}/swagger-ui.css">
    <script src="{path}/swagger-ui-bundle.js"></script>
    <script src="{path}/start.js" defer></script>
  </head>
  <body><div id="ui"></div></body>
</html>
"""
START = """SwaggerUIBundle({{
  url: "{path}/openapi.json",
  dom_id: "#ui",
  deepLinking: true,
  validatorUrl: null,
}});
"""
OPEN = {"permission": PUBLIC, "unlimited": True}
TYPES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}


def _file(name: str, media_type: str, read: Callable[[], bytes]) -> HTTPRouteHandler:
    @get(
        f"/{name}",
        opt={"permission": PUBLIC, "unlimited": True},
        include_in_schema=False,
        sync_to_thread=True,
    )
    def file() -> Response[bytes]:
        return Response(read(), media_type=media_type)

    return file


def _folder() -> Path:
    # Found without importing it: only its files are wanted.
    spec = find_spec("swagger_ui")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "static"


class Swagger(OpenAPIRenderPlugin):
    """At `/swagger` of an API's own schema path, with its files beside it."""

    def __init__(self, schema_path: str) -> None:
        super().__init__(path="/swagger")
        self._path = schema_path

    def receive_router(self, router: Router) -> None:
        start = START.format(path=self._path).encode()
        router.register(_file("start.js", "text/javascript", lambda: start))
        for name, media_type in TYPES.items():
            router.register(_file(name, media_type, (_folder() / name).read_bytes))

    def render(
        self,
        request: Request[Any, Any, Any],  # noqa: ARG002 - the plugin's contract
        openapi_schema: dict[str, Any],
    ) -> bytes:
        return PAGE.format(title=openapi_schema["info"]["title"], path=self._path).encode()
