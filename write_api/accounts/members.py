"""People of a seller: invited by its owners, each with a part."""

from http import HTTPStatus

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from commands.streams.membership.messages import (
    AddMember,
    InvitedAnswer,
    MemberAnswer,
    RemoveMember,
)
from eventstore.events.membership import membership_stream
from eventstore.identity import Identity, Member, permission
from write_api.accounts.bodies import AccountBody, Email, NothingBody
from write_api.accounts.caller import Visitor, private
from write_api.accounts.own import own, session_of
from write_api.bodies import Body, EmptyBody
from write_api.caller import Caller, actor_of, kept_session
from write_api.route import command_route

CHANGE = permission("members:change", "seller", "operator", members=("owner",))
ACCEPT = own("seller-invitations:accept:own")
OF_SELLER = "/v1/sellers/{seller_id:str}"


class InviteBody(AccountBody, frozen=True, kw_only=True):
    email: Email
    member: Member


class MemberBody(Body, frozen=True, kw_only=True):
    member: Member


class AcceptedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Sign in with `surface` seller and this `seller_id` to act for it."""

    seller_id: str
    member: Member


@command_route(
    f"{OF_SELLER}/invitations",
    tag="members",
    permission=CHANGE,
    status=HTTPStatus.CREATED,
    step_up=True,
    request={"email": "wanda@example.org", "member": "warehouse"},
    answer={"invitation_id": "~9d1b7c3e-9f6a-4b2f-8e0d-9c8b019a4c6e"},
)
async def invite(
    seller_id: FromPath[str],
    data: JSONBody[InviteBody],
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[InvitedAnswer]:
    """Invite somebody by e-mail: owner, manager, warehouse or accountant."""
    invitation_id = await visitor.accounts.members.invite(
        seller_id,
        data.email,
        data.member,
        visitor.now,
        by=actor_of(identity),
        session=kept_session(identity),
        origin=visitor.origin(data),
    )
    return private(InvitedAnswer(invitation_id=invitation_id), HTTPStatus.CREATED)


@command_route(
    "/v1/seller-invitations/{invitation_id:str}/accept",
    tag="members",
    permission=ACCEPT,
    answer={"seller_id": "anna", "member": "warehouse"},
)
async def accept(
    invitation_id: FromPath[str],
    data: JSONBody[NothingBody],  # noqa: ARG001 - that it holds nothing is checked
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[AcceptedAnswer]:
    """Accept an invitation to one's own confirmed address."""
    session_of(identity)
    invited = await visitor.accounts.members.accept(identity.account, invitation_id, visitor.now)
    answer = AcceptedAnswer(seller_id=invited.seller_id, member=invited.member)
    return private(answer, HTTPStatus.OK)


@command_route(
    f"{OF_SELLER}/members/{{account_id:str}}",
    tag="members",
    permission=CHANGE,
    step_up=True,
    request={"member": "manager"},
    answer={
        "seller_id": "anna",
        "account_id": "~0c8a1f9e-2b7d-4a55-8d3e-5f2c9b6a7e10",
        "member": "manager",
    },
)
async def set_member(
    seller_id: FromPath[str],
    account_id: FromPath[str],
    data: JSONBody[MemberBody],
    caller: NamedDependency[Caller],
    visitor: NamedDependency[Visitor],
) -> Response[MemberAnswer]:
    """Give one of the seller's people another part: they sign in again to act in it."""
    sessions = visitor.accounts.sessions
    command = AddMember(
        seller_id=seller_id,
        account_id=account_id,
        member=data.member,
        sessions=await sessions.open_of(account_id, "seller", seller_id),
        **caller.asks(data),
    )
    answer = await caller.send(command, membership_stream(seller_id))
    await sessions.end_all(account_id, "member_left", visitor.now, "seller", seller_id)
    return answer


@command_route(
    f"{OF_SELLER}/members/{{account_id:str}}/remove",
    tag="members",
    permission=CHANGE,
    step_up=True,
    answer={
        "seller_id": "anna",
        "account_id": "~0c8a1f9e-2b7d-4a55-8d3e-5f2c9b6a7e10",
        "member": None,
    },
)
async def remove_member(
    seller_id: FromPath[str],
    account_id: FromPath[str],
    data: JSONBody[EmptyBody],
    caller: NamedDependency[Caller],
    visitor: NamedDependency[Visitor],
) -> Response[MemberAnswer]:
    """Let somebody go: their sessions for the seller end within a second."""
    sessions = visitor.accounts.sessions
    command = RemoveMember(
        seller_id=seller_id,
        account_id=account_id,
        sessions=await sessions.open_of(account_id, "seller", seller_id),
        **caller.asks(data),
    )
    answer = await caller.send(command, membership_stream(seller_id))
    await sessions.end_all(account_id, "member_left", visitor.now, "seller", seller_id)
    return answer


ROUTES = (invite, accept, set_member, remove_member)
