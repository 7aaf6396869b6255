"""Completes an application's OpenAPI document: how to call it, and whole examples."""

from collections.abc import Mapping
from typing import Any

from litestar import Litestar
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

type Examples = Mapping[tuple[str, str], object]

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


def describe(app: Litestar, requests: Examples, responses: Examples) -> None:
    """Examples are by (method, path). Raises `KeyError` for a route that does not exist."""
    document = app.openapi_schema
    document.components = document.components or Components()
    document.components.security_schemes = {
        "bearer": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT")
    }
    paths = document.paths or {}
    for path, item in paths.items():
        for operation, headers in ((item.post, WRITE_HEADERS), (item.get, READ_HEADERS)):
            if operation is not None and path.startswith("/v1/") and "webhooks" not in path:
                _describe_call(operation, headers)
    for (method, path), value in requests.items():
        body: Any = getattr(paths[path], method).request_body
        body.content["application/json"].example = value
    for (method, path), value in responses.items():
        answers: Any = getattr(paths[path], method).responses
        status = next(code for code in answers if code.startswith("2"))
        for media_type in answers[status].content.values():
            media_type.example = value


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
