"""Signing out: here, on one device, everywhere else."""

from http import HTTPStatus

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from eventstore.events.session import EndReason
from eventstore.identity import Identity
from write_api.accounts.bodies import NothingBody
from write_api.accounts.caller import Visitor, private
from write_api.accounts.cookies import gone
from write_api.accounts.own import own, session_of
from write_api.route import command_route

END = own("sessions:end:own")


class SessionEndedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`log_position`: from there on every API refuses its tokens, within a second."""

    session_id: str
    log_position: int | None


class SessionsEndedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    ended: int


@command_route("/v1/sessions/{session_id:str}/end", tag="accounts", permission=END)
async def end_session(
    session_id: FromPath[str],
    data: JSONBody[NothingBody],  # noqa: ARG001 - that it holds nothing is checked
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[SessionEndedAnswer]:
    """Sign out a session of one's own; `current` is the one that asks. Repeating it is harmless."""
    own = session_of(identity)
    wanted = own if session_id == "current" else session_id
    reason: EndReason = "signed_out" if wanted == own else "signed_out_elsewhere"
    sessions = visitor.accounts.sessions
    position = await sessions.end(identity.account, wanted, reason, visitor.now)
    answer = SessionEndedAnswer(session_id=wanted, log_position=position)
    response = private(answer, HTTPStatus.OK)
    if wanted == own and visitor.browser.refresh:
        response.cookies = list(gone())
    return response


@command_route("/v1/sessions/end-others", tag="accounts", permission=END, answer={"ended": 2})
async def end_others(
    data: JSONBody[NothingBody],  # noqa: ARG001 - that it holds nothing is checked
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[SessionsEndedAnswer]:
    """Sign out everywhere else."""
    own = session_of(identity)
    ended = await visitor.accounts.sessions.end_others(identity.account, own, visitor.now)
    return private(SessionsEndedAnswer(ended=ended), HTTPStatus.OK)


ROUTES = (end_session, end_others)
