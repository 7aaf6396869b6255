"""The HTTP face of the sandbox."""

import asyncio
import hmac
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, Router, get, post
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.handlers.base import BaseRouteHandler

from deploy.sandbox.bodies import SettingsBody, parse
from deploy.sandbox.errors import ErrorBody, Problem, RefusedError, invalid, not_found, refused
from deploy.sandbox.identity.routes import StandIns
from deploy.sandbox.mail import Letter, Mailroom
from deploy.sandbox.processor import Answer, Processor
from deploy.sandbox.scenarios import KINDS, Kind
from deploy.sandbox.settings import Settings
from deploy.sandbox.sms.carriers import Carriers, Text, smsc_routes, smsru_routes
from deploy.sandbox.tax.registers import Registers
from deploy.sandbox.webhooks import Deliverer, Listed

_ROUTE = "route"
_KEY_HEADER = "Idempotency-Key"
_KEY_PARAMETER = "idempotency_key"
_LONGEST_KEY = 255


class Parts(msgspec.Struct, frozen=True):
    """What the routes work with; `stopping` set lets go of every answer that is held back."""

    processor: Processor
    deliverer: Deliverer
    settings: Settings
    mailroom: Mailroom
    stand_ins: StandIns
    carriers: Carriers
    registers: Registers
    secret_key: str
    stopping: asyncio.Event = msgspec.field(default_factory=asyncio.Event)


class Status(msgspec.Struct, frozen=True):
    status: str


class Listing(msgspec.Struct, frozen=True):
    data: list[Listed]


class Texts(msgspec.Struct, frozen=True):
    data: list[Text]


class Letters(msgspec.Struct, frozen=True):
    data: list[Letter]


@get("/ping")
async def ping() -> Response[bytes]:
    """Answer that the sandbox is there."""
    return _json(HTTPStatus.OK, Status("ok"))


@post("/v1/{path:str}")
async def create(path: str, request: Request[Any, Any, Any], parts: Parts) -> Response[bytes]:
    """Make a charge, a refund or a payout."""
    kind = _kind(path)
    key = _key(request.headers.get(_KEY_HEADER))
    answer = parts.processor.create(kind, key, await request.body())
    parts.deliverer.wake()
    if answer.held and await _stopped_while_holding(parts):
        body = ErrorBody(Problem(type="unavailable", message="the sandbox is shutting down"))
        return _json(HTTPStatus.SERVICE_UNAVAILABLE, body)
    return _given(answer)


@get("/v1/{path:str}")
async def look_up(path: str, request: Request[Any, Any, Any], parts: Parts) -> Response[bytes]:
    """Return the object that was made under an idempotency key."""
    kind = _kind(path)
    key = request.query_params.get(_KEY_PARAMETER)
    if not key:
        raise invalid(_KEY_PARAMETER, "required parameter missing")
    return _json(HTTPStatus.OK, parts.processor.find_by_key(kind, str(key)))


@get("/v1/{path:str}/{object_id:str}")
async def look_at(path: str, object_id: str, parts: Parts) -> Response[bytes]:
    """Return one object."""
    return _json(HTTPStatus.OK, parts.processor.find(_kind(path), object_id))


@get("/_control/letters")
async def list_letters(request: Request[Any, Any, Any], parts: Parts) -> Response[bytes]:
    """The letters to an address, the newest last."""
    return _json(HTTPStatus.OK, Letters(parts.mailroom.to(str(request.query_params.get("to", "")))))


@get("/_control/texts")
async def list_texts(request: Request[Any, Any, Any], parts: Parts) -> Response[bytes]:
    """The text messages to a number, the newest last."""
    return _json(HTTPStatus.OK, Texts(parts.carriers.to(str(request.query_params.get("to", "")))))


@post("/_control/deliver")
async def deliver(parts: Parts) -> Response[bytes]:
    """Send all webhooks that wait, and say how it went."""
    tally = await parts.deliverer.deliver_all()
    return _json(HTTPStatus.OK, tally)


@post("/_control/resend/{event_id:str}")
async def resend(event_id: str, parts: Parts) -> Response[bytes]:
    """Send one webhook once more, and say how it went."""
    tally = await parts.deliverer.resend(event_id)
    parts.deliverer.wake()
    return _json(HTTPStatus.OK, tally)


@get("/_control/events")
async def list_events(parts: Parts) -> Response[bytes]:
    """List all events with every try to deliver them."""
    return _json(HTTPStatus.OK, Listing(parts.deliverer.listing()))


@post("/_control/settings")
async def change_settings(request: Request[Any, Any, Any], parts: Parts) -> Response[bytes]:
    """Change the settings that are given, and return all of them."""
    change = parse(await request.body(), SettingsBody)
    for name, value in msgspec.structs.asdict(change).items():
        if value is not None:
            setattr(parts.settings, name, value)
    parts.deliverer.wake()
    return _json(HTTPStatus.OK, parts.settings)


GUARDED = (
    create,
    look_up,
    look_at,
    deliver,
    resend,
    list_events,
    list_letters,
    list_texts,
    change_settings,
)


def build_app(parts: Parts) -> Litestar:
    """Return the application; all but `/ping` and what browsers and providers' clients ask wants
    the secret key.
    """

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
        given = connection.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {parts.secret_key}".encode()):
            message = "give the secret key as a bearer token"
            raise refused(HTTPStatus.UNAUTHORIZED, "authentication_error", message)

    def provide_parts() -> Parts:
        return parts

    guarded = Router(
        "/",
        guards=[guard],
        dependencies={"parts": Provide(provide_parts, sync_to_thread=False)},
        route_handlers=[
            *GUARDED,
            *parts.stand_ins.control_routes(),
            *parts.registers.control_routes(),
        ],
    )
    carriers = [*smsc_routes(parts.carriers), *smsru_routes(parts.carriers)]
    theirs = [*parts.stand_ins.open_routes(), *carriers, *parts.registers.open_routes()]
    return Litestar(
        [ping, *theirs, guarded],
        exception_handlers={RefusedError: _refused, HTTPException: _http_error},
        openapi_config=None,
        logging_config=None,
    )


def _kind(path: str) -> Kind:
    if path not in KINDS:
        raise not_found(_ROUTE)
    return KINDS[path]


def _key(header: str | None) -> str:
    if not header:
        message = f"give a header {_KEY_HEADER}"
        raise refused(HTTPStatus.BAD_REQUEST, "idempotency_key_missing", message)
    if len(header) > _LONGEST_KEY:
        raise invalid(_KEY_HEADER, f"at most {_LONGEST_KEY} characters")
    return header


async def _stopped_while_holding(parts: Parts) -> bool:
    try:
        await asyncio.wait_for(parts.stopping.wait(), parts.settings.hold_ms / 1000)
    except TimeoutError:
        return False
    return True


def _given(answer: Answer) -> Response[bytes]:
    response = _raw(answer.status, answer.body)
    if answer.replayed:
        response.set_header("Idempotent-Replayed", "true")
    return response


def _json(status: int, document: msgspec.Struct) -> Response[bytes]:
    return _raw(status, msgspec.json.encode(document))


def _raw(status: int, body: bytes) -> Response[bytes]:
    return Response(body, status_code=status, media_type="application/json")


def _refused(_request: Request[Any, Any, Any], error: RefusedError) -> Response[bytes]:
    return _json(error.status, error.body)


def _http_error(_request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    kind = HTTPStatus(error.status_code).name.lower()
    return _json(error.status_code, ErrorBody(Problem(type=kind, message=error.detail)))
