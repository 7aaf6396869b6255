"""Identities at providers of one's own: seen, linked and unlinked."""

from datetime import datetime
from http import HTTPStatus

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from commands.accounts.sent_away import Back
from eventstore.identity import Identity
from write_api.accounts.bodies import AccountBody, NothingBody
from write_api.accounts.caller import Visitor, private
from write_api.accounts.own import own, session_of
from write_api.accounts.social import (
    BACK,
    SENT,
    Provider,
    ProviderCode,
    ProviderDevice,
    RedirectURI,
    SentAnswer,
    State,
    sent,
)
from write_api.route import command_route, own_route

READ = own("identities:read:own")
CHANGE = own("identities:change:own")
IDENTITY_ID = "~3c7d0c8a-1f9e-4a55-8d3e-5f2c9b6a7e10"


class LinkBody(AccountBody, frozen=True, kw_only=True):
    provider: Provider
    redirect_uri: RedirectURI


class BackBody(AccountBody, frozen=True, kw_only=True):
    state: State
    code: ProviderCode
    device_id: ProviderDevice = ""


class IdentityView(msgspec.Struct, frozen=True, kw_only=True):
    identity_id: str
    provider: str
    made_at: datetime


class IdentityIdAnswer(msgspec.Struct, frozen=True, kw_only=True):
    identity_id: str


@own_route(
    "/v1/me/identities",
    tag="accounts",
    permission=READ,
    answer=[{"identity_id": IDENTITY_ID, "provider": "google", "made_at": "2026-05-04T12:00:00Z"}],
)
async def get_identities(
    visitor: NamedDependency[Visitor], identity: NamedDependency[Identity]
) -> Response[list[IdentityView]]:
    """What signs in to the account besides a password and passkeys."""
    session_of(identity)
    found = await visitor.accounts.identities.all_of(identity.account)
    views = [
        IdentityView(identity_id=one.identity_id, provider=one.provider, made_at=one.made_at)
        for one in found
    ]
    return private(views, HTTPStatus.OK)


@command_route(
    "/v1/identities",
    tag="accounts",
    permission=CHANGE,
    status=HTTPStatus.CREATED,
    step_up=True,
    request={"provider": "google", "redirect_uri": "https://shop.example/linked"},
    answer=SENT,
)
async def begin_linking(
    data: JSONBody[LinkBody],
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[SentAnswer]:
    """Begin to link an identity at a provider."""
    session_of(identity)
    begun = await visitor.accounts.ceremonies.begin(
        data.provider, data.redirect_uri, visitor.now, account_id=identity.account
    )
    return private(sent(begun), HTTPStatus.CREATED)


@command_route(
    "/v1/identities/{ceremony_id:str}/confirm",
    tag="accounts",
    permission=CHANGE,
    step_up=True,
    request=BACK,
    answer={"identity_id": IDENTITY_ID},
)
async def link_identity(
    ceremony_id: FromPath[str],
    data: JSONBody[BackBody],
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[IdentityIdAnswer]:
    """Bring back what the provider sent: from now on the identity signs in to the account."""
    session_of(identity)
    back = Back(ceremony_id=ceremony_id, state=data.state, code=data.code, device_id=data.device_id)
    identity_id = await visitor.accounts.identities.link(identity.account, back, visitor.now)
    return private(IdentityIdAnswer(identity_id=identity_id), HTTPStatus.OK)


@command_route(
    "/v1/identities/{identity_id:str}/unlink", tag="accounts", permission=CHANGE, step_up=True
)
async def unlink_identity(
    identity_id: FromPath[str],
    data: JSONBody[NothingBody],  # noqa: ARG001 - that it holds nothing is checked
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[IdentityIdAnswer]:
    """Unlink one: it does not sign in any more."""
    session_of(identity)
    await visitor.accounts.identities.unlink(identity.account, identity_id, visitor.now)
    return private(IdentityIdAnswer(identity_id=identity_id), HTTPStatus.OK)


ROUTES = (get_identities, begin_linking, link_identity, unlink_identity)
