"""Who calls, under which idempotency key, and when: read from the request once."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import msgspec
from litestar import Request, Response
from litestar.datastructures import State

from commands.command import Actor, Command
from commands.dispatch import Cause
from commands.idempotency import client_command_id, derived_id, request_hash
from commands.refusals import NotAllowed
from commands.streams.payment.refusals import ProviderUnknown
from eventstore.batch import Outcome
from eventstore.identity import Identity, is_staff
from write_api.bodies import Body

KEY = re.compile(r"[\x21-\x7e]{1,255}")
# Without the digest too, as it was given once.
ETAG = re.compile(r'(?:W/)?"?([0-9]{1,18})(?:-[0-9a-f]{1,64})?"?')
JSON = "application/json"
# Every store, and whoever reads from it, can hold a time from here on; some cannot before year 1.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
CLOCK_SKEW = timedelta(seconds=5)

type HTTPRequest = Request[Any, Any, State]


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
    providers: frozenset[str]
    # Of staff and of programs' keys only: it is kept with what they do.
    session: str = ""

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

    def asks(self, body: Body) -> dict[str, Any]:
        """The fields that every command has."""
        return {"by": self.by, **self.times(body)}

    def known_provider(self, provider: str, field: str = "provider") -> str:
        if provider not in self.providers:
            names = ", ".join(sorted(self.providers))
            raise ProviderUnknown(f"The providers here are {names}.", field=field)
        return provider

    async def send(self, command: Command, stream: str, *, if_match: bool = False) -> Response[Any]:
        """Dispatch under this request's key, and answer what the command was first answered.

        `stream` is what the command is about: it correlates what comes of it, and with `if_match`
        an If-Match speaks of it. `Log-Position` is what a read's `Read-After` waits for.
        """
        expected = (stream, self.if_match) if if_match and self.if_match is not None else None
        cause = Cause(
            command_id=self.command_id,
            correlation_id=stream,
            causation_id=self.command_id,
            session=self.session,
        )
        outcome = await self.dispatch(command, cause, hashed=self.hashed, expected=expected)
        headers = {"Log-Position": str(outcome.position)}
        if outcome.replayed:
            headers["Idempotency-Replayed"] = "true"
        return Response(outcome.answer, media_type=JSON, headers=headers)


def _if_match(request: HTTPRequest) -> int | None:
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


def provide_identity(request: Request[Any, Any, State]) -> Identity:
    identity: Identity = request.scope["state"]["identity"]
    return identity


def actor_of(identity: Identity) -> Actor:
    """With the person, where the subject is not the person already."""
    person = identity.account if identity.account != identity.subject else ""
    return Actor(identity.role, identity.subject, person)


def kept_session(identity: Identity) -> str:
    """What is kept with what they do, "" for none: of staff, and of a program, whose key the log
    tells from its owner by it.
    """
    kept = is_staff(identity.role) or identity.permissions is not None
    return identity.session if kept else ""


async def provide_caller(request: Request[Any, Any, State]) -> Caller:
    state = request.app.state
    now: datetime = state.clock()
    identity: Identity = request.scope["state"]["identity"]
    by = actor_of(identity)
    key = key_of(request)
    body = await request.body()
    return Caller(
        by=by,
        now=now,
        command_id=client_command_id(by, key),
        hashed=request_hash(request.method, request.url.path, body),
        if_match=_if_match(request),
        dispatch=state.dispatch,
        providers=state.providers,
        session=kept_session(identity),
    )
