"""Who reads, how fresh the answer must be, and which page of it."""

import asyncio
import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

import httpx
import msgspec
from litestar import Request, Response
from litestar.datastructures import State
from psycopg_pool import AsyncConnectionPool

from eventstore.identity import Identity, Role
from projections.batched import BatchedLookup
from projections.models.audit import reads
from projections.models.orders.detail import OrderView
from projections.overview_follower import OverviewFollower
from projections.positions import Positions
from projections.query import Query
from read_api.etags import etag_of, is_known
from read_api.freshness import Freshness, StoreLag
from read_api.refused import ReadRefused
from read_api.waits import Waits

LIMIT_MAX = 200
LIMIT = 50
WAIT_S = 2.0
WAIT_MAX_MS = 10_000
SEEN_ALL = 2**62
POSITION_STATE = "read_position"
JSON = "application/json"
# For a view on which no change of its reader's can rest.
NO_VERSION = 0

type HTTPRequest = Request[Any, Any, State]


class ReadBehind(Exception):
    """The read models have not got to `Read-After` in time."""

    def __init__(self, lags: Sequence[StoreLag]) -> None:
        self.lags = lags
        listed = ", ".join(f"{lag.read_model} by {lag.events}" for lag in lags)
        super().__init__(f"The read models are behind: {listed} events.")


def not_found(what: str) -> ReadRefused:
    return ReadRefused(HTTPStatus.NOT_FOUND, "not-found", f"There is no such {what}.")


class ReadServices(msgspec.Struct, frozen=True, kw_only=True):
    """What the composition root hands over."""

    clock: Callable[[], datetime]
    pool: AsyncConnectionPool[Any]
    orders: BatchedLookup[OrderView]
    positions: Positions
    freshness: Freshness
    waits: Waits
    search: httpx.AsyncClient
    clickhouse: httpx.AsyncClient
    metrics_text: Callable[[], str]
    overview: OverviewFollower


class Reader:
    """One authenticated read request."""

    def __init__(self, services: ReadServices, identity: Identity, request: HTTPRequest) -> None:
        self.services = services
        self.identity = identity
        self._request = request
        self._seen: dict[str, int] = {}
        self._until: float | None = None

    @property
    def role(self) -> Role:
        return self.identity.role

    @property
    def subject(self) -> str:
        return self.identity.subject

    @property
    def sees_all(self) -> bool:
        return self.role in {"operator", "auditor"}

    def connection(self) -> Any:
        return self.services.pool.connection()

    async def ask[**P, T](self, query: Query[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The query's answer, once what it reads has passed `Read-After`. Raises as `fresh`."""
        await self.fresh(query)
        match query.store:
            case "postgresql":
                async with self.connection() as connection:
                    return await query(connection, *args, **kwargs)
            case "meilisearch":
                return await query(self.services.search, *args, **kwargs)
            case "clickhouse":
                return await query(self.services.clickhouse, *args, **kwargs)

    async def one[**P, T](
        self, what: str, query: Query[P, T | None], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `ask`; what is not there is a 404."""
        found = await self.ask(query, *args, **kwargs)
        if found is None:
            raise not_found(what)
        return found

    async def fresh(self, query: Query[..., Any]) -> None:
        """Wait until what the query reads has passed `Read-After`.

        Raises `ReadBehind`, and `ReadRefused` if the caller may not wait for that.
        What the answer's `Read-Position` says is taken now: the answer has seen at least that.
        """
        models, after = query.models, self._number("read-after", SEEN_ALL)
        wait_ms = self._number("read-wait-ms", WAIT_MAX_MS)
        if after is not None and self.services.positions.behind(models, after):
            within_s = self._time_left_s(WAIT_S if wait_ms is None else wait_ms / 1000)
            caller = (self.role, self.subject)
            receive = self._request.receive
            if await self.services.waits.wait(caller, models, after, within_s, receive):
                self._note(models)
                now = self.services.clock()
                raise ReadBehind(await self.services.freshness.lags(models, after, now))
        self._note(models)

    def _time_left_s(self, within_s: float) -> float:
        """One request's queries wait together no longer than one may."""
        now = asyncio.get_running_loop().time()
        if self._until is None:
            self._until = now + within_s
        return max(0.0, self._until - now)

    async def is_behind(self, query: Query[..., Any], *, after: int) -> None:
        """Raises `ReadBehind` if what the query reads has not passed the position."""
        if self.services.positions.behind(query.models, after):
            now = self.services.clock()
            raise ReadBehind(await self.services.freshness.lags(query.models, after, now))

    def _note(self, models: Sequence[str]) -> None:
        now = self.services.positions.now()
        self.saw({name: now.get(name, 0) for name in models})

    def saw(self, positions: Mapping[str, int]) -> None:
        """What the answer has seen at least, for its `Read-Position`."""
        self._seen = dict(positions) | self._seen
        listed = ", ".join(f"{name}={position}" for name, position in self._seen.items())
        self._request.state[POSITION_STATE] = listed

    async def record(self) -> None:
        """That the past, the books or the trail are read stands in a trail of its own, first."""
        async with self.connection() as connection:
            await reads.record(
                connection,
                self.services.clock(),
                f"{self.role}:{self.subject}",
                self._request.url.path,
                self._request.url.query,
            )

    def _number(self, header: str, most: int) -> int | None:
        value = self._request.headers.get(header)
        if value is None:
            return None
        if not value.isdecimal() or len(value) > len(str(SEEN_ALL)) or int(value) > most:
            raise ReadRefused(
                HTTPStatus.BAD_REQUEST,
                "invalid-request",
                f"must be a whole number from 0 to {most}",
                field=header,
            )
        return int(value)

    def answer[T](self, body: T, *, version: int | None = None) -> Response[T]:
        """With `Read-Position`: how far the models were at least that the answer came from.

        With a `version`, that of the stream which a change would rest on, it has an `ETag`.
        """
        headers = position_headers(self._request)
        if version is None:
            return Response(body, headers=headers)
        encoded = body if isinstance(body, bytes) else msgspec.json.encode(body)
        headers["ETag"] = etag_of(encoded, version)
        if is_known(headers["ETag"], self._request.headers.get("if-none-match")):
            return Response(None, status_code=304, headers=headers)  # type: ignore[arg-type]
        return Response(encoded, media_type=JSON, headers=headers)  # type: ignore[arg-type]


def position_headers(request: HTTPRequest) -> dict[str, str]:
    """`Read-Position` of whatever the request has read so far, refusals too."""
    seen = request.state.get(POSITION_STATE)
    return {} if seen is None else {"Read-Position": str(seen)}


class Page[T](msgspec.Struct, frozen=True):
    """`next_cursor` is null on the last page."""

    items: list[T]
    next_cursor: str | None


def page[T](found: Sequence[T], limit: int, at: Callable[[T], Sequence[int]]) -> Page[T]:
    """`at` says where an item stands: a page that is full has another behind its last."""
    more = cursor_of(*at(found[-1])) if len(found) == limit else None
    return Page(list(found), more)


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
    return Reader(services, request.scope["state"]["identity"], request)
