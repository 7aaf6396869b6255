"""What the read side refuses, as HTTP problems."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Protocol

import psycopg
from litestar import Request, Response
from psycopg_pool import PoolTimeout

from projections.listing_search.queries import SearchRefused, SearchUnavailable
from projections.sales.queries import ReportUnavailable
from read_api.reader import ReadBehind, ReadRefused


class MakeProblem(Protocol):
    """How deploy renders a problem; the same for both APIs."""

    def __call__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        fields: list[tuple[str, str]] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response[Any]: ...


type Handler = Callable[[Request[Any, Any, Any], Exception], Response[object]]

RETRY = {"Retry-After": "1"}


def handlers(problem: MakeProblem) -> dict[type[Exception], Handler]:
    """Exception handlers for everything that the read side raises on purpose."""

    def on_refused(_: object, error: Exception) -> Response[object]:
        assert isinstance(error, ReadRefused)
        fields = [(error.field, str(error))] if error.field else None
        return problem(error.status, error.code, str(error), fields=fields)

    def on_behind(_: object, error: Exception) -> Response[object]:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return problem(status, "read-behind", str(error), headers=RETRY)

    def on_search_refused(_: object, error: Exception) -> Response[object]:
        return problem(HTTPStatus.BAD_REQUEST, "invalid-request", str(error))

    def on_unavailable(_: object, error: Exception) -> Response[object]:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        detail = f"A store of the read side does not answer ({type(error).__name__})."
        return problem(status, "unavailable", detail, headers=RETRY)

    return {
        ReadRefused: on_refused,
        ReadBehind: on_behind,
        SearchRefused: on_search_refused,
        SearchUnavailable: on_unavailable,
        ReportUnavailable: on_unavailable,
        psycopg.OperationalError: on_unavailable,
        PoolTimeout: on_unavailable,
    }
