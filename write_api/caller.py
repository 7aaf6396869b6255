"""Who calls, under which idempotency key, and when: read from the request once."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, cast

import msgspec
from litestar import Request
from litestar.datastructures import State

from commands.command import Actor, Command, Role
from commands.dispatch import Cause
from commands.idempotency import client_command_id, derived_id, request_hash
from commands.refusals import NotAllowed
from eventstore.batch import Outcome
from write_api.bodies import Body

KEY = re.compile(r"[\x21-\x7e]{1,255}")
# Without the digest too, as it was given once.
ETAG = re.compile(r'(?:W/)?"?([0-9]{1,18})(?:-[0-9a-f]{1,64})?"?')
WRITERS = {"buyer", "seller", "operator"}
# Every store, and whoever reads from it, can hold a time from here on; some cannot before year 1.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
CLOCK_SKEW = timedelta(seconds=5)

type HTTPRequest = Request[Any, Any, State]
type Authenticate = Callable[[str | None, datetime], tuple[str, str]]


class Dispatcher(Protocol):
    """`commands.dispatch.Dispatch`, or what stands in for it where it is measured."""

    async def __call__(
        self,
        command: Command,
        cause: Cause,
        *,
        hashed: bytes | None = None,
        expected: tuple[str, int] | None = None,
    ) -> Outcome: ...


class HeaderInvalid(Exception):
    """A request header is missing or malformed."""

    def __init__(self, header: str, reason: str) -> None:
        super().__init__(f"{header}: {reason}")
        self.header = header
        self.reason = reason


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """One authenticated write request, ready to be turned into a command."""

    by: Actor
    now: datetime
    command_id: str
    hashed: bytes
    if_match: int | None
    dispatch: Dispatcher

    def new_id(self, given: str | None) -> str:
        """The client's id, or one that the same request always gets again."""
        return given or derived_id("request", self.command_id)

    def times(self, body: Body) -> dict[str, Any]:
        """`now` and `occurred_at` for the command; only operators may record the past."""
        if body.occurred_at is None:
            return {"now": self.now, "occurred_at": self.now}
        if not self.by.runs_the_marketplace:
            raise NotAllowed("Only an operator may set occurred_at.", field="occurred_at")
        if body.occurred_at.tzinfo is None:
            raise HeaderInvalid("occurred_at", "must have a time zone, such as Z")
        if body.occurred_at < EARLIEST:
            raise HeaderInvalid("occurred_at", f"must not be before {EARLIEST:%Y-%m-%d}, UTC")
        if body.occurred_at - self.now > CLOCK_SKEW:
            raise HeaderInvalid("occurred_at", "must not be in the future")
        # Nothing in the log is later than its recording, whatever the caller's clock says.
        return {"now": self.now, "occurred_at": min(body.occurred_at, self.now)}

    async def send(self, command: Command, correlation: str, stream: str = "") -> Outcome:
        """Dispatch under this request's key. `stream` is what an If-Match would speak of."""
        expected = (stream, self.if_match) if stream and self.if_match is not None else None
        cause = Cause(
            command_id=self.command_id, correlation_id=correlation, causation_id=self.command_id
        )
        return await self.dispatch(command, cause, hashed=self.hashed, expected=expected)


def if_match(request: HTTPRequest) -> int | None:
    """The stream's version in front of the ETag; the digest behind it is for caches."""
    value = request.headers.get("if-match")
    if value is None or value == "*":
        return None
    found = ETAG.fullmatch(value)
    if found is None:
        raise HeaderInvalid("If-Match", "must be an ETag that we gave")
    return int(found[1])


def key_of(request: HTTPRequest) -> str:
    key = request.headers.get("idempotency-key")
    if key is None:
        raise HeaderInvalid("Idempotency-Key", "is required: any text unique to this request")
    if not KEY.fullmatch(key):
        raise HeaderInvalid("Idempotency-Key", "must be 1 to 255 visible ASCII characters")
    return key


async def provide_caller(request: Request[Any, Any, State]) -> Caller:
    state = request.app.state
    now: datetime = state.clock()
    role, subject = state.authenticate(request.headers.get("authorization"), now)
    if role not in WRITERS:
        raise NotAllowed(f"The role {role} only reads.")
    by = Actor(cast(Role, role), subject)
    key = key_of(request)
    body = await request.body()
    return Caller(
        by=by,
        now=now,
        command_id=client_command_id(by, key),
        hashed=request_hash(request.method, request.url.path, body),
        if_match=if_match(request),
        dispatch=state.dispatch,
    )
