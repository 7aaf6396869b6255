"""What the stand-ins have in common in what they answer for a code."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request, Response

from deploy.sandbox.identity.people import Desk, Grant, WrongCode

type Answer = Response[Any]


async def form_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def refused(error: str, status: int = HTTPStatus.BAD_REQUEST) -> Answer:
    return Response({"error": error, "error_description": "sandbox"}, status_code=status)


def spent(desk: Desk, form: Mapping[str, str]) -> Grant | Answer:
    """What the code was given for, or what is answered instead."""
    try:
        grant = desk.spend(dict(form))
    except WrongCode:
        return refused("invalid_grant")
    if grant.person.subject.startswith("away"):
        return Response("<h1>500</h1>", status_code=500, media_type="text/html")
    if grant.person.subject.startswith("garbled"):
        return Response('{"id_token": "e3', status_code=200, media_type="application/json")
    return grant
