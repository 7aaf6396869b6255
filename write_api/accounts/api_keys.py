"""API keys of a seller's programs: issued, rotated, revoked by its owners and managers."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from commands.accounts.api_keys import Issued, Wanted
from eventstore.identity import Identity, Member, permission
from write_api.accounts.bodies import AccountBody, NothingBody
from write_api.accounts.caller import Visitor, private
from write_api.accounts.devices import DeviceName
from write_api.accounts.own import session_of
from write_api.caller import actor_of
from write_api.route import command_route, own_route

PEOPLE: tuple[Member, ...] = ("owner", "manager")
READ = permission("api-keys:read", "seller", members=PEOPLE)
CHANGE = permission("api-keys:change", "seller", members=PEOPLE)
KEY_ID = "~8d7d0c8a-1f9e-4a55-8d3e-5f2c9b6a7e10"
KEY = f"mak_{'0Zq83vEjRWeJCx' * 4}0123"
ISSUED = {
    "key_id": KEY_ID,
    "api_key": KEY,
    "permissions": ["listings:offer", "orders:read"],
    "expires_at": "2026-08-02T12:00:00Z",
}

type PermissionName = Annotated[str, Meta(pattern=r"^[a-z][a-z:-]{2,59}\Z")]


class ApiKeyBody(AccountBody, frozen=True, kw_only=True):
    """`permissions` by the names in the table of who may call what."""

    name: DeviceName
    permissions: Annotated[list[PermissionName], Meta(min_length=1, max_length=50)]
    days: Annotated[int, Meta(ge=1, le=366, description="How long it is good")] = 90


class RotateBody(AccountBody, frozen=True, kw_only=True):
    overlap_hours: Annotated[
        int, Meta(ge=0, le=168, description="How long the one before is good yet")
    ] = 24


class ApiKeyView(msgspec.Struct, frozen=True, kw_only=True):
    """`hint` is how the key ends; `last_used_at` may be five minutes behind."""

    key_id: str
    hint: str
    account_id: str
    name: str
    permissions: list[str]
    made_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


class ApiKeyIssuedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`api_key` is shown this once: send it as `Authorization: Bearer mak_...`."""

    key_id: str
    api_key: str
    permissions: list[str]
    expires_at: datetime


class ApiKeyRevokedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`log_position`: from there on every API refuses it, within a second."""

    key_id: str
    log_position: int | None


def _shown(issued: Issued) -> ApiKeyIssuedAnswer:
    return ApiKeyIssuedAnswer(
        key_id=issued.key_id,
        api_key=issued.text,
        permissions=list(issued.permissions),
        expires_at=issued.expires_at,
    )


@own_route(
    "/v1/me/api-keys",
    tag="members",
    permission=READ,
    answer=[
        {
            "key_id": KEY_ID,
            "hint": "0123",
            "account_id": "~0c8a1f9e-2b7d-4a55-8d3e-5f2c9b6a7e10",
            "name": "the warehouse",
            "permissions": ["listings:offer", "orders:read"],
            "made_at": "2026-05-04T12:00:00Z",
            "expires_at": "2026-08-02T12:00:00Z",
            "last_used_at": None,
        }
    ],
)
async def get_api_keys(
    visitor: NamedDependency[Visitor], identity: NamedDependency[Identity]
) -> Response[list[ApiKeyView]]:
    """Keys of the seller that the session acts for."""
    session_of(identity)
    found = await visitor.accounts.api_keys.all_of(identity.subject, visitor.now)
    views = [ApiKeyView(**msgspec.structs.asdict(one)) for one in found]
    return private(views, HTTPStatus.OK)


@command_route(
    "/v1/api-keys",
    tag="members",
    permission=CHANGE,
    status=HTTPStatus.CREATED,
    step_up=True,
    request={"name": "the warehouse", "permissions": ["listings:offer", "orders:read"]},
    answer=ISSUED,
)
async def issue_api_key(
    data: JSONBody[ApiKeyBody],
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[ApiKeyIssuedAnswer]:
    """Issue a key for a program, with a part of one's own permissions."""
    session_of(identity)
    wanted = Wanted(
        name=data.name,
        permissions=tuple(dict.fromkeys(data.permissions)),
        lifetime=timedelta(days=data.days),
        address=visitor.address,
    )
    issued = await visitor.accounts.api_keys.issue(actor_of(identity), wanted, visitor.now)
    return private(_shown(issued), HTTPStatus.CREATED)


@command_route(
    "/v1/api-keys/{key_id:str}/rotate",
    tag="members",
    permission=CHANGE,
    status=HTTPStatus.CREATED,
    step_up=True,
    request={"overlap_hours": 24},
    answer=ISSUED,
)
async def rotate_api_key(
    key_id: FromPath[str],
    data: JSONBody[RotateBody],
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[ApiKeyIssuedAnswer]:
    """Another like it, in one's own name; the one before is good for some hours yet."""
    session_of(identity)
    overlap = timedelta(hours=data.overlap_hours)
    issued = await visitor.accounts.api_keys.rotate(
        actor_of(identity), key_id, overlap, visitor.address, visitor.now
    )
    return private(_shown(issued), HTTPStatus.CREATED)


@command_route(
    "/v1/api-keys/{key_id:str}/revoke",
    tag="members",
    permission=CHANGE,
    answer={"key_id": KEY_ID, "log_position": 4711},
)
async def revoke_api_key(
    key_id: FromPath[str],
    data: JSONBody[NothingBody],  # noqa: ARG001 - that it holds nothing is checked
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[ApiKeyRevokedAnswer]:
    """Revoke a key, whoever of the seller's people has issued it."""
    session_of(identity)
    position = await visitor.accounts.api_keys.revoke(actor_of(identity), key_id, visitor.now)
    return private(ApiKeyRevokedAnswer(key_id=key_id, log_position=position), HTTPStatus.OK)


ROUTES = (get_api_keys, issue_api_key, rotate_api_key, revoke_api_key)
