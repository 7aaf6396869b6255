"""Who is of staff."""

from typing import Annotated

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from commands.streams.account.messages import GrantRole, RevokeRole, RolesAnswer
from eventstore.events.account import account_stream
from eventstore.identity import Identity, StaffRole, permission
from write_api.accounts.bodies import AccountBody
from write_api.accounts.caller import Visitor, private
from write_api.accounts.own import own, session_of
from write_api.bodies import Body, ReasonBody, Text, fits
from write_api.caller import Caller
from write_api.route import command_route

CLAIM = own("invitations:claim:own")
GRANT = permission("roles:grant", "superadmin")


class ClaimBody(AccountBody, frozen=True, kw_only=True):
    token: Annotated[str, Meta(max_length=200, description="As the command line printed it")]


class ClaimAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Sign in with `surface` staff to act in it."""

    account_id: str
    role: StaffRole


class RoleBody(Body, frozen=True, kw_only=True):
    role: StaffRole
    reason: Text

    def __post_init__(self) -> None:
        fits("reason", self.reason)


@command_route(
    "/v1/invitations/claim",
    tag="staff",
    permission=CLAIM,
    step_up=True,
    request={"token": "mit_~4b1d7c3e-9f6a-4b2f-8e0d-9c8b019a4c6e.q83v"},
    answer={"account_id": "~0c8a1f9e-2b7d-4a55-8d3e-5f2c9b6a7e10", "role": "superadmin"},
)
async def claim_invitation(
    data: JSONBody[ClaimBody],
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[ClaimAnswer]:
    """Become of staff by an invitation. The account needs an authenticator."""
    session_of(identity)
    role = await visitor.accounts.staffing.claim(identity.account, data.token, visitor.now)
    return private(ClaimAnswer(account_id=identity.account, role=role), 200)


@command_route(
    "/v1/accounts/{account_id:str}/roles",
    tag="staff",
    permission=GRANT,
    step_up=True,
    request={"role": "moderator", "reason": "joins the team"},
    answer={"account_id": "~0c8a1f9e-2b7d-4a55-8d3e-5f2c9b6a7e10", "roles": ["moderator"]},
)
async def grant_role(
    account_id: FromPath[str], data: JSONBody[RoleBody], caller: NamedDependency[Caller]
) -> Response[RolesAnswer]:
    """Make an account of staff (superadmins). Nobody changes their own roles."""
    command = GrantRole(
        account_id=account_id, role=data.role, reason=data.reason, **caller.asks(data)
    )
    return await caller.send(command, account_stream(account_id))


@command_route(
    "/v1/accounts/{account_id:str}/roles/{role:str}/revoke",
    tag="staff",
    permission=GRANT,
    step_up=True,
    request={"reason": "leaves the team"},
    answer={"account_id": "~0c8a1f9e-2b7d-4a55-8d3e-5f2c9b6a7e10", "roles": []},
)
async def revoke_role(
    account_id: FromPath[str],
    role: FromPath[StaffRole],
    data: JSONBody[ReasonBody],
    caller: NamedDependency[Caller],
    visitor: NamedDependency[Visitor],
) -> Response[RolesAnswer]:
    """Take a role away (superadmins). The account's sessions of staff end within a second."""
    sessions = visitor.accounts.sessions
    command = RevokeRole(
        account_id=account_id,
        role=role,
        reason=data.reason,
        sessions=await sessions.open_of(account_id, "staff"),
        **caller.asks(data),
    )
    answer = await caller.send(command, account_stream(account_id))
    await sessions.end_all(account_id, "role_revoked", visitor.now, "staff")
    return answer


ROUTES = (claim_invitation, grant_role, revoke_role)
