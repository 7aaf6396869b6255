"""Devices of one's own: those that are known, and those that sign in by themselves."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from commands.accounts.asking import ByDevice
from eventstore.identity import PUBLIC, Identity
from write_api.accounts.bodies import (
    SIGNED_IN,
    AccountBody,
    DeviceSignInBody,
    NothingBody,
    SignedInAnswer,
)
from write_api.accounts.caller import Visitor, entered, private
from write_api.accounts.own import own, session_of
from write_api.bodies import PRINTABLE
from write_api.route import command_route, own_route

READ = own("devices:read:own")
CHANGE = own("devices:change:own")
DEVICE = "/v1/me/devices/{device_id:str}"
DEVICE_ID = "~7d1b7c3e-9f6a-4b2f-9e0d-9c8b019a4c6e"


type DeviceName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=60,
        pattern=PRINTABLE,
        description="What its owner calls it",
        examples=["the old phone"],
    ),
]


class DeviceView(msgspec.Struct, frozen=True, kw_only=True):
    """Until `trusted_until` it signs in by itself. `current` is the one that asks."""

    device_id: str
    name: str
    made_at: datetime
    seen_at: datetime
    trusted_until: datetime | None
    current: bool


class DeviceNameBody(AccountBody, frozen=True, kw_only=True):
    name: DeviceName


class DeviceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    device_id: str


@own_route(
    "/v1/me/devices",
    tag="accounts",
    permission=READ,
    answer=[
        {
            "device_id": DEVICE_ID,
            "name": "Firefox on Android",
            "made_at": "2026-05-04T12:00:00Z",
            "seen_at": "2026-05-05T08:30:00Z",
            "trusted_until": None,
            "current": True,
        }
    ],
)
async def get_devices(
    visitor: NamedDependency[Visitor], identity: NamedDependency[Identity]
) -> Response[list[DeviceView]]:
    """Devices on which a second factor was shown, the last seen first."""
    found = await visitor.accounts.devices.all_of(
        identity.account, session_of(identity), visitor.now
    )
    views = [
        DeviceView(**msgspec.structs.asdict(seen.device), current=seen.current) for seen in found
    ]
    return private(views, HTTPStatus.OK)


@command_route(
    f"{DEVICE}/name",
    tag="accounts",
    permission=CHANGE,
    request={"name": "the old phone"},
    answer={"device_id": DEVICE_ID},
)
async def name_device(
    device_id: FromPath[str],
    data: JSONBody[DeviceNameBody],
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[DeviceAnswer]:
    """Call a device something."""
    session_of(identity)
    await visitor.accounts.devices.rename(identity.account, device_id, data.name)
    return private(DeviceAnswer(device_id=device_id), HTTPStatus.OK)


@command_route(
    f"{DEVICE}/revoke", tag="accounts", permission=CHANGE, answer={"device_id": DEVICE_ID}
)
async def revoke_device(
    device_id: FromPath[str],
    data: JSONBody[NothingBody],  # noqa: ARG001 - that it holds nothing is checked
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[DeviceAnswer]:
    """Let a device go: it is signed out within a second, and is a new one if it comes again."""
    session_of(identity)
    await visitor.accounts.devices.revoke(identity.account, device_id, visitor.now)
    return private(DeviceAnswer(device_id=device_id), HTTPStatus.OK)


@command_route(
    "/v1/sign-ins/device",
    tag="accounts",
    permission=PUBLIC,
    status=HTTPStatus.CREATED,
    request={"device_token": SIGNED_IN["device_token"]},
    answer=SIGNED_IN | {"device_token": None},
)
async def sign_in_by_device(
    data: JSONBody[DeviceSignInBody], visitor: NamedDependency[Visitor]
) -> Response[SignedInAnswer]:
    """Sign in by a device that was trusted within 30 days (`trust` where its code was shown).

    What asks for a second factor asks for it all the same; nobody acts as staff like this.
    """
    visitor.may_enter(data)
    asking = ByDevice(
        device_token=data.device_token or visitor.device(data),
        surface=data.surface,
        seller_id=data.seller_id,
    )
    granted = await visitor.accounts.signing_in.by_device(asking, visitor.origin(data), visitor.now)
    return entered(granted, data, visitor)


ROUTES = (get_devices, name_device, revoke_device, sign_in_by_device)
