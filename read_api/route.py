"""How routes of the read side are declared, and which of them make a topic."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from litestar import get
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler

from eventstore.identity import Permission


class Topic(msgspec.Struct, frozen=True):
    """One line of the read API."""

    routes: Sequence[HTTPRouteHandler]


def query_route(
    path: str,
    *,
    tag: str,
    permission: Permission,
    answer: object = None,
    also: str = "",
    dependencies: Mapping[str, Provide] | None = None,
) -> Callable[[Callable[..., Any]], HTTPRouteHandler]:
    """A GET that asks a query; `answer` is an example for its documentation, `also` another media
    type that it can be had in.
    """
    return get(
        path,
        tags=[tag],
        dependencies=dict(dependencies or {}),
        opt={"permission": permission, "answer": answer, "also": also},
    )
