"""Passkeys: added, signed in with, and shown again."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from commands.accounts.passkeys import Question, Wanted
from eventstore.identity import PUBLIC, Identity, Surface
from write_api.accounts.bodies import (
    SIGNED_IN,
    AccountBody,
    EntryBody,
    NothingBody,
    SignedInAnswer,
    names_its_seller,
)
from write_api.accounts.caller import Visitor, entered, private
from write_api.accounts.devices import DeviceName
from write_api.accounts.factors import CHANGE, SHOW, SteppedUpAnswer, stepped_up
from write_api.accounts.own import own, session_of
from write_api.bodies import KnownId
from write_api.route import command_route, own_route

READ = own("factors:read:own")
FACTOR_ID = "~2b7d0c8a-1f9e-4a55-8d3e-5f2c9b6a7e10"
ASKED = {
    "challenge_id": "~6f1c2f6e-8f0b-4c0e-9a53-1d6f1a7c0d11",
    "expires_at": "2026-05-04T12:05:00Z",
    "options": {"challenge": "q83vEjRWeJC", "rpId": "shop.example"},
}
CREDENTIAL = {
    "id": "AQIDBA",
    "rawId": "AQIDBA",
    "type": "public-key",
    "response": {"clientDataJSON": "e30", "authenticatorData": "AQ", "signature": "AQ"},
}

type CredentialId = Annotated[
    str, Meta(min_length=1, max_length=1400, pattern=r"^[A-Za-z0-9_-]+\Z")
]
type Part = Annotated[str, Meta(max_length=16_384, pattern=r"^[A-Za-z0-9_-]*\Z")]


class AuthenticatorResponse(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the browser's `toJSON()` gives; more of it is not looked at."""

    clientDataJSON: Part  # noqa: N815 - WebAuthn's names
    attestationObject: Part = ""  # noqa: N815
    authenticatorData: Part = ""  # noqa: N815
    signature: Part = ""
    userHandle: Part | None = None  # noqa: N815


class CredentialBody(msgspec.Struct, frozen=True, kw_only=True):
    """A `PublicKeyCredential` as the browser's `toJSON()` gives it."""

    id: CredentialId
    rawId: CredentialId  # noqa: N815
    response: AuthenticatorResponse
    type: Literal["public-key"]


class NewPasskeyBody(AccountBody, frozen=True, kw_only=True):
    credential: CredentialBody
    name: DeviceName = "A passkey"


class WantedBody(AccountBody, frozen=True, kw_only=True):
    surface: Surface = "buyer"
    seller_id: KnownId = ""

    def __post_init__(self) -> None:
        names_its_seller(self.surface, self.seller_id)


class EntryPasskeyBody(EntryBody, frozen=True, kw_only=True):
    """With `trust` the device signs in by itself for 30 days."""

    credential: CredentialBody
    trust: bool = False


class PasskeyBody(AccountBody, frozen=True, kw_only=True):
    credential: CredentialBody


class QuestionAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`options` are for `navigator.credentials`, through `parse...OptionsFromJSON`."""

    challenge_id: str
    expires_at: datetime
    options: Mapping[str, Any]


class PasskeyAddedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Recovery codes are shown this once, each good for once; none if there are some already."""

    factor_id: str
    recovery_codes: list[str]


class FactorView(msgspec.Struct, frozen=True, kw_only=True):
    """`used_at` is known of passkeys."""

    factor_id: str
    kind: str
    name: str
    made_at: datetime
    used_at: datetime | None


def _asked(question: Question) -> QuestionAnswer:
    return QuestionAnswer(**msgspec.structs.asdict(question))


def _credential(body: CredentialBody) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(body)
    return found


@own_route(
    "/v1/me/factors",
    tag="accounts",
    permission=READ,
    answer=[
        {
            "factor_id": FACTOR_ID,
            "kind": "passkey",
            "name": "the phone",
            "made_at": "2026-05-04T12:00:00Z",
            "used_at": None,
        }
    ],
)
async def get_factors(
    visitor: NamedDependency[Visitor], identity: NamedDependency[Identity]
) -> Response[list[FactorView]]:
    """Second factors of one's own, of every kind."""
    session_of(identity)
    found = await visitor.accounts.passkeys.all_of(identity.account)
    return private([FactorView(**msgspec.structs.asdict(one)) for one in found], HTTPStatus.OK)


@command_route(
    "/v1/factors/passkeys",
    tag="accounts",
    permission=CHANGE,
    status=HTTPStatus.CREATED,
    step_up=True,
    answer=ASKED,
)
async def begin_passkey(
    data: JSONBody[NothingBody],  # noqa: ARG001 - that it holds nothing is checked
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[QuestionAnswer]:
    """Begin to add a passkey: discoverable, with a finger, a face or a PIN."""
    session_of(identity)
    question = await visitor.accounts.passkeys.begin_adding(identity.account, visitor.now)
    return private(_asked(question), HTTPStatus.CREATED)


@command_route(
    "/v1/factors/passkeys/{challenge_id:str}/confirm",
    tag="accounts",
    permission=CHANGE,
    step_up=True,
    request={"credential": CREDENTIAL, "name": "the phone"},
    answer={"factor_id": FACTOR_ID, "recovery_codes": []},
)
async def confirm_passkey(
    challenge_id: FromPath[str],
    data: JSONBody[NewPasskeyBody],
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[PasskeyAddedAnswer]:
    """Give what the authenticator made: from now on it signs in without a name or a password."""
    session_of(identity)
    added = await visitor.accounts.passkeys.confirm_adding(
        identity.account, challenge_id, _credential(data.credential), data.name, visitor.now
    )
    answer = PasskeyAddedAnswer(**msgspec.structs.asdict(added))
    return private(answer, HTTPStatus.OK)


@command_route(
    "/v1/sign-ins/passkey",
    tag="accounts",
    permission=PUBLIC,
    status=HTTPStatus.CREATED,
    answer=ASKED,
)
async def ask_passkey(
    data: JSONBody[WantedBody], visitor: NamedDependency[Visitor]
) -> Response[QuestionAnswer]:
    """Ask for a passkey. Who signs in is what the answer says."""
    wanted = Wanted(surface=data.surface, seller_id=data.seller_id)
    question = await visitor.accounts.passkeys.begin(wanted, visitor.now)
    return private(_asked(question), HTTPStatus.CREATED)


@command_route(
    "/v1/sign-ins/passkey/{challenge_id:str}/confirm",
    tag="accounts",
    permission=PUBLIC,
    status=HTTPStatus.CREATED,
    request={"credential": CREDENTIAL},
    answer=SIGNED_IN,
)
async def sign_in_by_passkey(
    challenge_id: FromPath[str],
    data: JSONBody[EntryPasskeyBody],
    visitor: NamedDependency[Visitor],
) -> Response[SignedInAnswer]:
    """Sign in by a passkey, as staff too: it is two factors."""
    visitor.may_enter(data)
    granted = await visitor.accounts.passkeys.sign_in(
        challenge_id,
        _credential(data.credential),
        visitor.origin(data),
        visitor.now,
        trust=data.trust,
    )
    return entered(granted, data, visitor)


@command_route(
    "/v1/step-ups/passkey",
    tag="accounts",
    permission=SHOW,
    status=HTTPStatus.CREATED,
    answer=ASKED,
)
async def ask_passkey_again(
    data: JSONBody[NothingBody],  # noqa: ARG001 - that it holds nothing is checked
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[QuestionAnswer]:
    """Ask for one of the account's passkeys."""
    session_of(identity)
    question = await visitor.accounts.passkeys.begin_step_up(identity.account, visitor.now)
    return private(_asked(question), HTTPStatus.CREATED)


@command_route(
    "/v1/step-ups/passkey/{challenge_id:str}/confirm",
    tag="accounts",
    permission=SHOW,
    request={"credential": CREDENTIAL},
    answer={name: SIGNED_IN[name] for name in ("access_token", "token_type", "expires_in")},
)
async def step_up_by_passkey(
    challenge_id: FromPath[str],
    data: JSONBody[PasskeyBody],
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[SteppedUpAnswer]:
    """Show a passkey again."""
    token = await visitor.accounts.passkeys.step_up(
        identity.account,
        session_of(identity),
        challenge_id,
        _credential(data.credential),
        visitor.origin(data),
        visitor.now,
    )
    return private(stepped_up(token), HTTPStatus.OK)


ROUTES = (
    get_factors,
    begin_passkey,
    confirm_passkey,
    ask_passkey,
    sign_in_by_passkey,
    ask_passkey_again,
    step_up_by_passkey,
)
