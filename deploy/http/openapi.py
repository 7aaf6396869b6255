"""Puts whole examples into an application's OpenAPI document."""

from collections.abc import Mapping
from typing import Any

from litestar import Litestar

type Examples = Mapping[tuple[str, str], object]


def add_examples(app: Litestar, requests: Examples, responses: Examples) -> None:
    """By (method, path). Raises `KeyError` for a route that does not exist."""
    paths = app.openapi_schema.paths or {}
    for (method, path), value in requests.items():
        body: Any = getattr(paths[path], method).request_body
        body.content["application/json"].example = value
    for (method, path), value in responses.items():
        answers: Any = getattr(paths[path], method).responses
        status = next(code for code in answers if code.startswith("2"))
        for media_type in answers[status].content.values():
            media_type.example = value
