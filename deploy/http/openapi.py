"""Completes an application's OpenAPI document: how to call it, and whole examples."""

from dataclasses import dataclass, fields
from typing import Any

import msgspec
from litestar import Router
from litestar.config.app import AppConfig
from litestar.enums import HttpMethod
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import (
    Components,
    OpenAPI,
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


def _of_another_kind(example: object) -> OpenAPIResponse:
    """A refusal that is not a problem, where a standard says how it looks."""
    form = OpenAPIMediaType(schema=Schema(type=OpenAPIType.OBJECT), example=example)
    return OpenAPIResponse(
        description="As the standard behind this route says.",
        content={"application/json": form, **(PROBLEM.content or {})},
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


class Document(OpenAPI):
    """What a role sees may be what another sees and more: an answer is of one kind at least, where
    the framework says of exactly one.
    """

    def to_schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = _of_any(super().to_schema())
        return schema


def _of_any(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            "anyOf" if key == "oneOf" else key: _of_any(item)
            for key, item in value.items()  # pyright: ignore[reportUnknownVariableType]
        }
    if isinstance(value, list):
        return [_of_any(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value


class Documented(OpenAPIConfig):
    def to_openapi_schema(self) -> OpenAPI:
        made = super().to_openapi_schema()
        return Document(**{one.name: getattr(made, one.name) for one in fields(made)})


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a route says of itself."""

    guarded: bool
    refuses: bool
    headers: Headers
    request: object
    answer: object
    refusal: object
    also: str


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
            # Who is read from the request's headers reads these as well.
            reads = {"caller", "reader"} & handler.parsed_fn_signature.parameters.keys()
            told = Told(
                guarded=not handler.opt["permission"].anybody,
                refuses=route.path.startswith("/v1/") or not handler.opt["permission"].anybody,
                headers=headers if reads else (),
                request=handler.opt.get("request"),
                answer=handler.opt.get("answer"),
                refusal=handler.opt.get("refusal"),
                also=handler.opt.get("also", ""),
            )
            handler.operation_class = _operation(told)


def _operation(told: Told) -> type[Operation]:
    """The class whose object completes itself."""

    @dataclass
    class Described(Operation):
        def __post_init__(self) -> None:
            if told.guarded:
                self.security = [{"bearer": []}]
            if told.headers:
                self.parameters = [*(self.parameters or []), *_parameters(told.headers)]
            if told.refuses:
                # The framework's own 400 is never answered.
                given = {code: one for code, one in (self.responses or {}).items() if code != "400"}
                self.responses = {**given, "4XX": PROBLEM, "503": PROBLEM}
            if told.refusal is not None:
                self.responses = {
                    **(self.responses or {}),
                    "400": _of_another_kind(told.refusal),
                }
            _show(self, told)

    return Described


def _config(side: str) -> OpenAPIConfig:
    """Whoever reaches an API may read its description."""
    path = f"/schema/{side}"
    return Documented(
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


def _show(operation: Operation, told: Told) -> None:
    if told.request is not None:
        body: Any = operation.request_body
        _each_shows(body, told.request)
    answers: Any = operation.responses
    if told.answer is not None:
        _each_shows(_success(answers), told.answer)
    if told.also:
        text = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING))
        _success(answers).content[told.also] = text


def _success(answers: Any) -> Any:
    return answers[next(code for code in answers if code.startswith("2"))]


def _each_shows(body: Any, example: object) -> None:
    for media_type in body.content.values():
        media_type.example = example


def _parameters(headers: Headers) -> list[Parameter]:
    return [
        Parameter(
            name=name,
            param_in="header",
            required=required,
            description=text,
            schema=Schema(type=OpenAPIType.STRING),
        )
        for name, required, text in headers
    ]
