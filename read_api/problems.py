"""What the read side refuses, as HTTP problems."""

import logging
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Protocol

import psycopg
from litestar import Request, Response
from psycopg_pool import PoolTimeout

from eventstore.away import DATABASE_AWAY
from projections.stores.clickhouse.query import ReportUnavailable
from projections.stores.meilisearch.query import SearchRefused, SearchUnavailable
from read_api.reader import HTTPRequest, ReadBehind, position_headers
from read_api.refused import ReadRefused

log = logging.getLogger(__name__)


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
        lag: Sequence[object] = (),
    ) -> Response[Any]: ...


type Handler = Callable[[Request[Any, Any, Any], Exception], Response[object]]

RETRY = {"Retry-After": "1"}


def handlers(problem: MakeProblem) -> dict[type[Exception], Handler]:
    """Exception handlers for everything that the read side raises on purpose."""

    def on_refused(request: HTTPRequest, error: Exception) -> Response[object]:
        assert isinstance(error, ReadRefused)
        fields = [(error.field, str(error))] if error.field else None
        headers = position_headers(request)
        if error.retry_after_s is not None:
            headers["Retry-After"] = str(error.retry_after_s)
        return problem(error.status, error.code, str(error), fields=fields, headers=headers)

    def on_behind(request: HTTPRequest, error: Exception) -> Response[object]:
        assert isinstance(error, ReadBehind)
        status = HTTPStatus.SERVICE_UNAVAILABLE
        headers = RETRY | position_headers(request)
        return problem(status, "read-behind", str(error), headers=headers, lag=error.lags)

    def on_search_refused(_: object, error: Exception) -> Response[object]:
        return problem(HTTPStatus.BAD_REQUEST, "invalid-request", str(error))

    def on_unavailable(_: object, error: Exception) -> Response[object]:
        status = HTTPStatus.SERVICE_UNAVAILABLE
        log.warning("%s: %s", type(error).__name__, error)
        detail = f"A store of the read side does not answer ({type(error).__name__})."
        return problem(status, "unavailable", detail, headers=RETRY)

    return {
        ReadRefused: on_refused,
        ReadBehind: on_behind,
        SearchRefused: on_search_refused,
        SearchUnavailable: on_unavailable,
        ReportUnavailable: on_unavailable,
        **dict.fromkeys(DATABASE_AWAY, on_unavailable),
        # A read model of an older version, which its projector is rebuilding.
        psycopg.errors.UndefinedTable: on_unavailable,
        psycopg.errors.UndefinedColumn: on_unavailable,
        PoolTimeout: on_unavailable,
    }
