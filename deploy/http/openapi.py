"""Completes an application's OpenAPI document: how to call it, and whole examples."""

from typing import Any

from litestar import Litestar, Router
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
from litestar.routes import HTTPRoute

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
WRITE_HEADERS = (
    ("Idempotency-Key", True, "Any text unique to this request; repeat it with the same body."),
    ("If-Match", False, "The ETag that the change rests on; honoured where a route says so."),
)
READ_HEADERS = (
    ("Read-After", False, "A write's Log-Position: wait until the answer has seen it."),
    ("Read-Wait-Ms", False, "How long to wait for it, 2000 unless told, 10000 at most."),
)


def config(side: str) -> OpenAPIConfig:
    """Of the `read` or the `write` API; whoever reaches it may read its description."""
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


def describe(app: Litestar) -> None:
    """Completes what each route's own `opt` says: its permission, and examples of its use."""
    paths = app.openapi_schema.paths or {}
    for route in app.routes:
        item = paths.get(route.path_format)
        if not isinstance(route, HTTPRoute) or item is None:
            continue
        for method, headers in (("post", WRITE_HEADERS), ("get", READ_HEADERS)):
            operation: Operation | None = getattr(item, method)
            handler, _ = route.route_handler_map.get(HttpMethod(method.upper()), (None, None))
            if operation is None or handler is None:
                continue
            if not handler.opt["permission"].anybody and route.path_format.startswith("/v1/"):
                _describe_call(operation, headers)
            _show(operation, handler.opt.get("request"), handler.opt.get("answer"))


def _show(operation: Operation, request: object, answer: object) -> None:
    body: Any = operation.request_body
    if request is not None:
        body.content["application/json"].example = request
    if answer is not None:
        answers: Any = operation.responses
        status = next(code for code in answers if code.startswith("2"))
        for media_type in answers[status].content.values():
            media_type.example = answer


def _describe_call(operation: Operation, headers: tuple[tuple[str, bool, str], ...]) -> None:
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
