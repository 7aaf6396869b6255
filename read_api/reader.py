"""Who reads, how fresh the answer must be, and which page of it."""

import base64
import binascii
from collections.abc import Callable, Iterable
from datetime import datetime
from http import HTTPStatus
from typing import Any

import httpx
import msgspec
from litestar import Request, Response
from litestar.datastructures import State
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from projections.batched import BatchedLookup
from projections.orders.detail import OrderView
from projections.positions import Positions

LIMIT_MAX = 200
LIMIT = 50
WAIT_S = 2.0
WAIT_MAX_S = 10.0
SEEN_ALL = 2**62

type Connection = AsyncConnection[tuple[Any, ...]]
type HTTPRequest = Request[Any, Any, State]


class ReadRefused(Exception):
    """The read may not or cannot be answered: `status`, stable `code`, detail, field at fault."""

    def __init__(
        self, status: HTTPStatus, code: str, detail: str, *, field: str | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.field = field


class ReadBehind(Exception):
    """The read models have not got to `Read-After` in time; `lag` is events by model."""

    def __init__(self, lag: dict[str, int]) -> None:
        self.lag = lag
        listed = ", ".join(f"{name} by {events}" for name, events in sorted(lag.items()))
        super().__init__(f"The read models are behind: {listed} events.")


def not_found(what: str) -> ReadRefused:
    return ReadRefused(HTTPStatus.NOT_FOUND, "not-found", f"There is no such {what}.")


class ReadServices(msgspec.Struct, frozen=True, kw_only=True):
    """What the composition root hands over."""

    authenticate: Callable[[str | None, datetime], tuple[str, str]]
    clock: Callable[[], datetime]
    pool: AsyncConnectionPool[Any]
    orders: BatchedLookup[OrderView]
    positions: Positions
    search: httpx.AsyncClient
    clickhouse: httpx.AsyncClient
    metrics_text: Callable[[], str]


class Reader:
    """One authenticated read request."""

    def __init__(
        self, services: ReadServices, role: str, subject: str, request: HTTPRequest
    ) -> None:
        self.services = services
        self.role = role
        self.subject = subject
        self._request = request

    def must_be(self, *roles: str) -> None:
        if self.role not in roles:
            allowed = ", ".join(roles)
            raise ReadRefused(
                HTTPStatus.FORBIDDEN, "not-allowed", f"This is for the roles {allowed}."
            )

    @property
    def sees_all(self) -> bool:
        return self.role in {"operator", "auditor"}

    def connection(self) -> Any:
        return self.services.pool.connection()

    async def fresh(self, *models: str) -> None:
        """Wait until the models have passed `Read-After`. Raises `ReadBehind`."""
        after = self._number("read-after")
        if after is None:
            return
        wait_ms = self._number("read-wait-ms")
        within = WAIT_S if wait_ms is None else min(wait_ms / 1000, WAIT_MAX_S)
        lag = await self.services.positions.wait(models, after, within)
        if lag:
            raise ReadBehind(lag)

    def _number(self, header: str) -> int | None:
        value = self._request.headers.get(header)
        if value is None:
            return None
        if not value.isdecimal() or len(value) > 18:  # noqa: PLR2004 - what a bigint holds
            raise ReadRefused(
                HTTPStatus.BAD_REQUEST, "invalid-request", "must be a number", field=header
            )
        return int(value)

    def answer[T](
        self, body: T, models: Iterable[str], *, version: int | None = None
    ) -> Response[T]:
        """With `Read-Position`: how far the models were that the answer came from."""
        positions = self.services.positions.now()
        headers = {
            "Read-Position": ", ".join(f"{name}={positions.get(name, 0)}" for name in models)
        }
        if version is not None:
            headers["ETag"] = f'"{version}"'
            if self._request.headers.get("if-none-match") == headers["ETag"]:
                return Response(None, status_code=304, headers=headers)  # type: ignore[arg-type]
        return Response(body, headers=headers)


class Page[T](msgspec.Struct, frozen=True):
    """`next_cursor` is null on the last page."""

    items: list[T]
    next_cursor: str | None


def cursor_of(*values: int) -> str:
    return base64.urlsafe_b64encode(".".join(map(str, values)).encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, default: tuple[int, ...]) -> tuple[int, ...]:
    if cursor is None:
        return default
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        values = tuple(int(part) for part in text.split("."))
    except (ValueError, binascii.Error):
        values = ()
    if len(values) != len(default) or any(abs(value) > SEEN_ALL for value in values):
        raise ReadRefused(
            HTTPStatus.BAD_REQUEST, "invalid-request", "is not one of ours", field="cursor"
        )
    return values


async def provide_reader(request: Request[Any, Any, State]) -> Reader:
    services: ReadServices = request.app.state.services
    role, subject = services.authenticate(request.headers.get("authorization"), services.clock())
    return Reader(services, role, subject, request)
