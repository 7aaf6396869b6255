"""Restrictions of accounts and sellers: imposed and lifted by moderators."""

import re
from datetime import UTC, datetime
from typing import Annotated

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from commands.refusals import NotFound
from commands.streams.restriction.messages import (
    ImposeRestriction,
    LiftRestriction,
    RestrictionAnswer,
)
from eventstore.events.restriction import Kind, Reason, restriction_stream
from eventstore.identity import permission
from write_api.accounts.caller import Visitor
from write_api.bodies import KNOWN_ID_PATTERN, Body, KnownId, Text, fits
from write_api.caller import Caller, HeaderInvalid
from write_api.route import Topic, command_route

RESTRICT = permission("restrictions:impose", "moderator", "operator")
EVIDENCE_MAX = 20
LATEST_YEAR = 2100
TARGET = "/v1/restrictions/{kind:str}/{target_id:str}"


class RestrictionBody(Body, frozen=True, kw_only=True):
    """Without `until` it ends when somebody lifts it."""

    reason: Reason
    text: Text
    until: datetime | None = None
    evidence: Annotated[tuple[KnownId, ...], Meta(max_length=EVIDENCE_MAX)] = ()

    def __post_init__(self) -> None:
        fits("text", self.text)


class LiftBody(Body, frozen=True, kw_only=True):
    text: Text

    def __post_init__(self) -> None:
        fits("text", self.text)


ANSWER = {
    "kind": "account",
    "target_id": "~0c8a1f9e-2b7d-4a55-8d3e-5f2c9b6a7e10",
    "number": 1,
    "restricted": True,
}


def _bounded(until: datetime | None) -> datetime | None:
    """Every store, and whoever reads from it, can hold it."""
    if until is None:
        return None
    if until.tzinfo is None:
        raise HeaderInvalid("until", "must have a time zone, such as Z")
    if until.year > LATEST_YEAR:
        raise HeaderInvalid("until", f"must not be after {LATEST_YEAR}: leave it out for no end")
    return until.astimezone(UTC)


def _known_id(target_id: str) -> None:
    """Before anything is sealed for it."""
    if not re.match(KNOWN_ID_PATTERN, target_id):
        raise NotFound(field="target_id")


@command_route(
    f"{TARGET}/impose",
    tag="restrictions",
    permission=RESTRICT,
    step_up=True,
    request={"reason": "fraud", "text": "Paid with stolen cards.", "evidence": ["o1"]},
    answer=ANSWER,
)
async def impose(
    kind: FromPath[Kind],
    target_id: FromPath[str],
    data: JSONBody[RestrictionBody],
    caller: NamedDependency[Caller],
    visitor: NamedDependency[Visitor],
) -> Response[RestrictionAnswer]:
    """Restrict an account, which ends its sessions, or a seller: no new sales, no payouts. What is
    open goes on: escrow stays, orders are delivered or refunded.
    """
    until = _bounded(data.until)
    _known_id(target_id)
    sessions = visitor.accounts.sessions
    command = ImposeRestriction(
        kind=kind,
        target_id=target_id,
        reason=data.reason,
        text=data.text,
        evidence=data.evidence,
        until=until,
        sessions=await sessions.open_of(target_id) if kind == "account" else (),
        **caller.asks(data),
    )
    answer = await caller.send(command, restriction_stream(kind, target_id))
    if kind == "account":
        await sessions.end_all(target_id, "blocked", visitor.now)
    return answer


@command_route(
    f"{TARGET}/lift",
    tag="restrictions",
    permission=RESTRICT,
    step_up=True,
    request={"text": "The bank has cleared it up."},
    answer={**ANSWER, "restricted": False},
)
async def lift(
    kind: FromPath[Kind],
    target_id: FromPath[str],
    data: JSONBody[LiftBody],
    caller: NamedDependency[Caller],
) -> Response[RestrictionAnswer]:
    """Lift what stands; a restriction with a period is over by itself."""
    _known_id(target_id)
    command = LiftRestriction(kind=kind, target_id=target_id, text=data.text, **caller.asks(data))
    return await caller.send(command, restriction_stream(kind, target_id))


TOPIC = Topic([impose, lift])
