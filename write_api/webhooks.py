"""Deliveries from providers: verified, stored raw, acknowledged; translated afterwards."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.params import FromPath

from commands.outside.inbox import Inbox
from commands.refusals import NotFound
from eventstore.identity import PUBLIC
from write_api.route import Topic

PATH = "/v1/webhooks/{provider:str}"
OPEN = {"permission": PUBLIC, "unlimited": True}


async def _receive(provider: str, request: Request[Any, Any, State], raw: bytes) -> Response[bytes]:
    inbox: Inbox = request.app.state.inbox
    adapter = inbox.providers.get(provider)
    if adapter is None or adapter.delivers_by != request.method:
        raise NotFound("No such provider sends here.", field="provider")
    now = request.app.state.clock()
    told = await inbox.receive(provider, raw, dict(request.headers), now)
    return Response(told.body, media_type=told.media_type, status_code=HTTPStatus.OK)


@post(PATH, status_code=HTTPStatus.OK, tags=["webhooks"], opt=OPEN)
async def receive_webhook(
    provider: FromPath[str], request: Request[Any, Any, State]
) -> Response[bytes]:
    """Take a provider's delivery in. The signature is checked over the bytes as they came."""
    return await _receive(provider, request, await request.body())


@get(PATH, tags=["webhooks"], opt=OPEN)
async def receive_by_get(
    provider: FromPath[str], request: Request[Any, Any, State]
) -> Response[bytes]:
    """Take in the delivery of a provider that calls back by GET: its query, as it came."""
    return await _receive(provider, request, request.scope["query_string"])


TOPIC = Topic([receive_webhook, receive_by_get])
