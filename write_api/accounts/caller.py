"""Who asks about an account: not signed in, so known by nothing but where they ask from."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.datastructures import State

from commands.accounts.desk import Accounts
from commands.accounts.gate import Origin
from write_api.accounts.bodies import AccountBody

# What is answered here is nobody else's: no cache keeps it.
NO_STORE = {"Cache-Control": "no-store"}


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """`address` is the client's network address, as far as proxies of ours vouch for it."""

    accounts: Accounts
    now: datetime
    address: str

    def origin(self, body: AccountBody) -> Origin:
        return Origin(address=self.address, proof=body.proof)


async def provide_visitor(request: Request[Any, Any, State]) -> Visitor:
    state = request.app.state
    client = request.scope["client"]
    address: str = state.address_of(client[0] if client else "", request.scope["headers"])
    return Visitor(accounts=state.accounts, now=state.clock(), address=address)


def private[T](answer: T, status: int) -> Response[T]:
    return Response(answer, status_code=status, headers=NO_STORE)
