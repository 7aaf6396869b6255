"""What staff was refused, noted before they are told."""

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import msgspec
from litestar.types import HTTPResponseStartEvent, HTTPScope, Message, Send

from deploy.http.problems import TYPE
from eventstore.identity import Identity

PATH_MAX = 300
# Who has no valid token is nobody, and who comes too often has asked for nothing yet.
NOT_COUNTED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS}

log = logging.getLogger(__name__)


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """`route` is the method and the path's form, `code` the problem that was answered."""

    route: str
    path: str
    status: int
    code: str


class _Told(msgspec.Struct):
    type: str = ""


type Note = Callable[[Identity, Attempt], Awaitable[None]]


def noting(scope: HTTPScope, identity: Identity, note: Note, send: Send) -> Send:
    """A refusal is held back until it stands written. Answers pass."""
    held: list[HTTPResponseStartEvent] = []

    async def noted(message: Message) -> None:
        if message["type"] == "http.response.start" and _is_refusal(message["status"], scope):
            held.append(message)
            return
        if held and message["type"] == "http.response.body":
            start = held.pop()
            attempt = _attempt(scope, start["status"], message["body"])
            await _noted(identity, attempt, note)
            await send(start)
        await send(message)

    return noted


def _is_refusal(status: int, scope: HTTPScope) -> bool:
    """Of a command whatever is at fault; of a read only that it may not be read."""
    if scope["method"] == "GET":
        return status == HTTPStatus.FORBIDDEN
    faulty = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return faulty and status not in NOT_COUNTED


def _attempt(scope: HTTPScope, status: int, body: bytes) -> Attempt:
    return Attempt(
        route=f"{scope['method']} {scope['path_template']}",
        path=scope["path"][:PATH_MAX],
        status=status,
        code=_code_of(body),
    )


async def _noted(identity: Identity, attempt: Attempt, note: Note) -> None:
    try:
        await note(identity, attempt)
    except Exception as error:  # noqa: BLE001 - the refusal stands, whatever keeps it from the log
        log.warning("%s of %s was not noted: %s", attempt.route, identity, type(error).__name__)


def _code_of(body: bytes) -> str:
    try:
        return msgspec.json.decode(body, type=_Told).type.removeprefix(TYPE)
    except msgspec.MsgspecError:
        return ""
