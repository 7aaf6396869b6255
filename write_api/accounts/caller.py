"""Who asks about an account: not signed in, so known by nothing but where they ask from."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.datastructures import State

from commands.accounts.desk import Accounts
from commands.accounts.gate import Origin
from commands.accounts.sessions import Granted
from write_api.accounts.bodies import AccountBody, EntryBody, SignInBody, signed_in
from write_api.accounts.cookies import Browser, browser_of, kept

# What is answered here is nobody else's: no cache keeps it.
NO_STORE = {"Cache-Control": "no-store"}


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """`address` is the client's network address, as far as proxies of ours vouch for it, `agent`
    what its program calls itself.
    """

    accounts: Accounts
    now: datetime
    address: str
    agent: str
    browser: Browser

    def may_enter(self, body: EntryBody | SignInBody) -> None:
        """Cookies are for pages that are allowed. Raises `OriginRefused` before all else."""
        if body.cookies:
            self.browser.may()

    def device(self, body: EntryBody | SignInBody) -> str:
        """The device token of the cookie, for who uses cookies."""
        return self.browser.device if body.cookies else ""

    def origin(self, body: AccountBody) -> Origin:
        return Origin(address=self.address, proof=body.proof, agent=self.agent)


async def provide_visitor(request: Request[Any, Any, State]) -> Visitor:
    state = request.app.state
    client = request.scope["client"]
    address: str = state.address_of(client[0] if client else "", request.scope["headers"])
    return Visitor(
        accounts=state.accounts,
        now=state.clock(),
        address=address,
        agent=request.headers.get("user-agent", ""),
        browser=browser_of(request),
    )


def entered(granted: Granted, body: EntryBody | SignInBody, visitor: Visitor) -> Response[Any]:
    """What somebody who is let in is answered: tokens, or cookies."""
    answer = signed_in(granted)
    if not body.cookies:
        return private(answer, HTTPStatus.CREATED)
    told = msgspec.structs.replace(
        answer,
        refresh_token=None,
        device_token=None,
        csrf_token=visitor.browser.keys.csrf(granted.session_id),
    )
    response = private(told, HTTPStatus.CREATED)
    response.cookies = list(kept(granted.refresh_token, granted.device_token))
    return response


def private[T](answer: T, status: int) -> Response[T]:
    return Response(answer, status_code=status, headers=NO_STORE)
