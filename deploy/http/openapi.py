"""Completes an application's OpenAPI document: how to call it, and whole examples."""

from dataclasses import dataclass
from typing import Any

from litestar import Router
from litestar.config.app import AppConfig
from litestar.enums import HttpMethod
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import (
    Components,
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Parameter,
    Schema,
    SecurityScheme,
)
from litestar.openapi.spec.enums import OpenAPIType
from litestar.plugins import InitPlugin, ReceiveRoutePlugin
from litestar.routes import BaseRoute, HTTPRoute

from deploy.http.swagger import HEADERS, Swagger
from eventstore.identity import PUBLIC

PROBLEM = OpenAPIResponse(
    description="An RFC 9457 problem: `type` is stable, `errors` names the fields at fault.",
    content={
        "application/problem+json": OpenAPIMediaType(
            schema=Schema(type=OpenAPIType.OBJECT),
            example={
                "type": "urn:market:problem:out-of-stock",
                "title": "Out of stock",
                "status": 409,
                "detail": "1 left, 2 asked for.",
                "errors": [{"field": "lines[0].quantity", "reason": "1 left, 2 asked for."}],
            },
        )
    },
)
type Headers = tuple[tuple[str, bool, str], ...]

WRITE_HEADERS: Headers = (
    ("Idempotency-Key", True, "Any text unique to this request; repeat it with the same body."),
    ("If-Match", False, "The ETag that the change rests on; honoured where a route says so."),
)
READ_HEADERS: Headers = (
    ("Read-After", False, "A write's Log-Position: wait until the answer has seen it."),
    ("Read-Wait-Ms", False, "How long to wait for it, 2000 unless told, 10000 at most."),
)


class Description(InitPlugin, ReceiveRoutePlugin):
    """Of the `read` or the `write` API, from what each route says in its `opt`.

    The framework makes the document when it is first asked for.
    """

    def __init__(self, side: str) -> None:
        self._side = side

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        app_config.openapi_config = _config(self._side)
        return app_config

    def receive_route(self, route: BaseRoute) -> None:
        if not isinstance(route, HTTPRoute):
            return
        for method, headers in (("POST", WRITE_HEADERS), ("GET", READ_HEADERS)):
            handler, _ = route.route_handler_map.get(HttpMethod[method], (None, None))
            if handler is None or "permission" not in handler.opt:
                continue
            guarded = not handler.opt["permission"].anybody and route.path.startswith("/v1/")
            handler.operation_class = _operation(handler.opt, headers if guarded else None)


def _operation(opt: dict[str, Any], headers: Headers | None) -> type[Operation]:
    """The class whose object completes itself; headers only where a token is needed."""

    @dataclass
    class Described(Operation):
        def __post_init__(self) -> None:
            if headers is not None:
                _describe_call(self, headers)
            _show(self, opt.get("request"), opt.get("answer"))

    return Described


def _config(side: str) -> OpenAPIConfig:
    """Whoever reaches an API may read its description."""
    path = f"/schema/{side}"
    return OpenAPIConfig(
        title=f"Marketplace transactions: {side} API",
        version="1",
        path=path,
        openapi_router=Router(
            path,
            route_handlers=[],
            include_in_schema=False,
            opt={"permission": PUBLIC, "unlimited": True},
            response_headers=HEADERS,
        ),
        render_plugins=[Swagger(path)],
        components=Components(
            security_schemes={
                "bearer": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")
            }
        ),
    )


def _show(operation: Operation, request: object, answer: object) -> None:
    body: Any = operation.request_body
    if request is not None:
        body.content["application/json"].example = request
    if answer is not None:
        answers: Any = operation.responses
        status = next(code for code in answers if code.startswith("2"))
        for media_type in answers[status].content.values():
            media_type.example = answer


def _describe_call(operation: Operation, headers: Headers) -> None:
    operation.security = [{"bearer": []}]
    operation.parameters = [
        *(operation.parameters or []),
        *(
            Parameter(
                name=name,
                param_in="header",
                required=required,
                description=text,
                schema=Schema(type=OpenAPIType.STRING),
            )
            for name, required, text in headers
        ),
    ]
    answers = operation.responses or {}
    operation.responses = {**answers, "4XX": PROBLEM, "503": PROBLEM}
