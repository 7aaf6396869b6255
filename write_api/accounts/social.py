"""Signing in by an identity at a provider: Google, Yandex ID, VK ID."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from commands.accounts.sent_away import Back, Begun
from commands.accounts.sessions import Granted
from commands.accounts.social import Here
from eventstore.identity import PUBLIC
from write_api.accounts.bodies import (
    SIGNED_IN,
    AccountBody,
    CodeSentAnswer,
    DeviceToken,
    EntryBody,
    EntryCodeBody,
    SignedInAnswer,
    code_sent,
    names_its_seller,
)
from write_api.accounts.caller import Visitor, entered, private
from write_api.bodies import KnownId
from write_api.route import command_route

CEREMONY_ID = "~9d2f7c1e-8f0b-4c0e-9a53-1d6f1a7c0d11"
SENT = {
    "ceremony_id": CEREMONY_ID,
    "url": "https://accounts.google.com/o/oauth2/v2/auth?response_type=code&state=q83v",
    "expires_at": "2026-05-04T12:10:00Z",
}
BACK = {"state": "q83vEjRWeJC" * 3 + "q83vEjRWeJ", "code": "4/0AbCdEf"}

type Provider = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9-]{0,39}\Z", description="google, yandex or vk")
]
type RedirectURI = Annotated[
    str, Meta(min_length=1, max_length=500, description="One of MARKET_REDIRECT_URIS, exactly")
]
type State = Annotated[
    str, Meta(min_length=1, max_length=100, description="As it came back with them")
]
type ProviderCode = Annotated[
    str, Meta(min_length=1, max_length=2000, description="As it came back with them")
]
type ProviderDevice = Annotated[
    str, Meta(max_length=500, description="VK's `device_id`, as it came back with them")
]


class SocialBody(AccountBody, frozen=True, kw_only=True):
    provider: Provider
    redirect_uri: RedirectURI
    surface: Literal["buyer", "seller"] = "buyer"
    seller_id: KnownId = ""

    def __post_init__(self) -> None:
        names_its_seller(self.surface, self.seller_id)


class EntryBackBody(EntryBody, frozen=True, kw_only=True):
    """With `trust` the device signs in by itself for 30 days."""

    state: State
    code: ProviderCode
    device_id: ProviderDevice = ""
    device_token: DeviceToken = ""
    trust: bool = False


class SentAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Send the browser to `url`, and keep `ceremony_id` in the page: it is not to be told."""

    ceremony_id: str
    url: str
    expires_at: datetime


def sent(begun: Begun) -> SentAnswer:
    return SentAnswer(**msgspec.structs.asdict(begun))


def _here(visitor: Visitor, body: EntryBackBody | EntryCodeBody, device: str = "") -> Here:
    return Here(origin=visitor.origin(body), device=device, trust=body.trust)


@command_route(
    "/v1/sign-ins/social",
    tag="accounts",
    permission=PUBLIC,
    status=HTTPStatus.CREATED,
    request={"provider": "google", "redirect_uri": "https://shop.example/signed-in"},
    answer=SENT,
)
async def begin_social(
    data: JSONBody[SocialBody], visitor: NamedDependency[Visitor]
) -> Response[SentAnswer]:
    """Begin to sign in by an identity at a provider."""
    begun = await visitor.accounts.ceremonies.begin(
        data.provider,
        data.redirect_uri,
        visitor.now,
        surface=data.surface,
        seller_id=data.seller_id,
    )
    return private(sent(begun), HTTPStatus.CREATED)


@command_route(
    "/v1/sign-ins/social/{ceremony_id:str}/confirm",
    tag="accounts",
    permission=PUBLIC,
    status=HTTPStatus.CREATED,
    request=BACK,
    answer=SIGNED_IN,
)
async def sign_in_by_social(
    ceremony_id: FromPath[str],
    data: JSONBody[EntryBackBody],
    visitor: NamedDependency[Visitor],
) -> Response[SignedInAnswer | CodeSentAnswer]:
    """Bring back what the provider sent: 201 and a session, or 202 and a code is due.

    Somebody new has an account at once if the provider vouches for their address; else by a code
    to it, at `/v1/sign-ins/social/{challenge_id}/register`. Who has a second factor of their own
    (`by` is `factor`) shows that, at `/v1/sign-ins/{challenge_id}/factor`.
    """
    visitor.may_enter(data)
    back = Back(ceremony_id=ceremony_id, state=data.state, code=data.code, device_id=data.device_id)
    here = _here(visitor, data, data.device_token or visitor.device(data))
    found = await visitor.accounts.social.sign_in(back, here, visitor.now)
    if isinstance(found, Granted):
        return entered(found, data, visitor)
    return private(code_sent(found), HTTPStatus.ACCEPTED)


@command_route(
    "/v1/sign-ins/social/{challenge_id:str}/register",
    tag="accounts",
    permission=PUBLIC,
    status=HTTPStatus.CREATED,
    request={"code": "123456"},
    answer=SIGNED_IN,
)
async def register_by_social(
    challenge_id: FromPath[str],
    data: JSONBody[EntryCodeBody],
    visitor: NamedDependency[Visitor],
) -> Response[SignedInAnswer]:
    """Show the code that went to the address which the provider told."""
    visitor.may_enter(data)
    granted = await visitor.accounts.social.register(
        challenge_id, data.code, _here(visitor, data), visitor.now
    )
    return entered(granted, data, visitor)


ROUTES = (begin_social, sign_in_by_social, register_by_social)
