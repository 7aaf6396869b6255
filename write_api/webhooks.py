"""Deliveries from payment providers: verified, stored raw, answered; translated afterwards."""

from http import HTTPStatus
from typing import Any

from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.params import FromPath

from commands.outside.inbox import Inbox
from commands.refusals import NotFound
from eventstore.identity import PUBLIC
from write_api.route import Topic


@post(
    "/v1/webhooks/{provider:str}",
    status_code=HTTPStatus.OK,
    tags=["webhooks"],
    opt={"permission": PUBLIC},
)
async def receive_webhook(
    provider: FromPath[str], request: Request[Any, Any, State]
) -> Response[dict[str, bool]]:
    """Take a provider's delivery in. The signature is checked over the bytes as they came."""
    inbox: Inbox = request.app.state.inbox
    if provider not in inbox.providers:
        raise NotFound("No such provider sends here.", field="provider")
    body = await request.body()
    now = request.app.state.clock()
    new = await inbox.receive(provider, body, dict(request.headers), now)
    return Response({"received": True, "duplicate": not new}, status_code=HTTPStatus.OK)


TOPIC = Topic([receive_webhook])
