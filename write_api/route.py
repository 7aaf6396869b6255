"""How routes of the write side are declared, and which of them make a topic."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler

from eventstore.identity import Permission


class Topic(msgspec.Struct, frozen=True):
    """One line of the write API."""

    routes: Sequence[HTTPRouteHandler]


def own_route(
    path: str, *, tag: str, permission: Permission, answer: object = None
) -> Callable[[Callable[..., Any]], HTTPRouteHandler]:
    """A GET below `/v1/me/` of what the write side keeps of somebody and no read model has."""
    return get(path, tags=[tag], opt={"permission": permission, "answer": answer})


def command_route(
    path: str,
    *,
    tag: str,
    permission: Permission,
    status: HTTPStatus = HTTPStatus.OK,
    step_up: bool = False,
    request: object = None,
    answer: object = None,
    refusal: object = None,
) -> Callable[[Callable[..., Any]], HTTPRouteHandler]:
    """A POST that becomes a command; `request` and `answer` are examples for its documentation,
    `refusal` one of a 400 that is no problem.

    `step_up`: a second factor must have been shown within five minutes.
    """
    return post(
        path,
        status_code=status,
        tags=[tag],
        opt={
            "permission": permission,
            "step_up": step_up,
            "request": request,
            "answer": answer,
            "refusal": refusal,
        },
    )
