"""Second factors: an authenticator, recovery codes; and showing one again."""

from http import HTTPStatus

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from eventstore.identity import Identity
from write_api.accounts.bodies import (
    ACCESS_S,
    CODE_SENT,
    SIGNED_IN,
    CodeBody,
    CodeSentAnswer,
    FactorCodeBody,
    NothingBody,
    code_sent,
)
from write_api.accounts.caller import Visitor, private
from write_api.accounts.own import own, session_of
from write_api.route import command_route

CHANGE = own("factors:change:own")
SHOW = own("factors:show:own")

CODES = ["MFRGGZ-DFMZTW-Q2LKNN-WG23TP"]


class TOTPAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Shown this once. It is asked for when a code of it was shown."""

    factor_id: str
    secret: str
    uri: str


class RecoveryCodesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Shown this once, each good for once; none if there are some already."""

    factor_id: str
    recovery_codes: list[str]


class CodesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    recovery_codes: list[str]


class FactorRemovedAnswer(msgspec.Struct, frozen=True, kw_only=True):
    factor_id: str


class SteppedUpAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Good for five minutes where a second factor is asked for."""

    access_token: str
    token_type: str
    expires_in: int


@command_route(
    "/v1/factors/totp",
    tag="accounts",
    permission=CHANGE,
    status=HTTPStatus.CREATED,
    step_up=True,
    answer={
        "factor_id": "~2b7d0c8a-1f9e-4a55-8d3e-5f2c9b6a7e10",
        "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "uri": "otpauth://totp/Marketplace:anna%40example.org?secret=JBSW&issuer=Marketplace",
    },
)
async def begin_totp(
    data: JSONBody[NothingBody],  # noqa: ARG001 - that it holds nothing is checked
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[TOTPAnswer]:
    """Begin to add an authenticator."""
    session_of(identity)
    begun = await visitor.accounts.factors.begin_totp(identity.account, visitor.now)
    answer = TOTPAnswer(factor_id=begun.factor_id, secret=begun.secret, uri=begun.uri)
    return private(answer, HTTPStatus.CREATED)


@command_route(
    "/v1/factors/totp/{factor_id:str}/confirm",
    tag="accounts",
    permission=CHANGE,
    step_up=True,
    request={"code": "123456"},
    answer={"factor_id": "~2b7d0c8a-1f9e-4a55-8d3e-5f2c9b6a7e10", "recovery_codes": CODES},
)
async def confirm_totp(
    factor_id: FromPath[str],
    data: JSONBody[CodeBody],
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[RecoveryCodesAnswer]:
    """Show a code of it: from now on it is asked for on new devices."""
    session_of(identity)
    codes = await visitor.accounts.factors.confirm_totp(
        identity.account, factor_id, data.code, visitor.now
    )
    answer = RecoveryCodesAnswer(factor_id=factor_id, recovery_codes=codes)
    return private(answer, HTTPStatus.OK)


@command_route(
    "/v1/factors/recovery-codes",
    tag="accounts",
    permission=CHANGE,
    step_up=True,
    answer={"recovery_codes": CODES},
)
async def draw_recovery_codes(
    data: JSONBody[NothingBody],  # noqa: ARG001 - that it holds nothing is checked
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[CodesAnswer]:
    """Ten new recovery codes; those of before are void."""
    session_of(identity)
    codes = await visitor.accounts.factors.draw_codes(identity.account, visitor.now)
    return private(CodesAnswer(recovery_codes=codes), HTTPStatus.OK)


@command_route(
    "/v1/factors/{factor_id:str}/remove", tag="accounts", permission=CHANGE, step_up=True
)
async def remove_factor(
    factor_id: FromPath[str],
    data: JSONBody[NothingBody],  # noqa: ARG001 - that it holds nothing is checked
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[FactorRemovedAnswer]:
    """Remove one; the account's contacts are told."""
    session_of(identity)
    await visitor.accounts.factors.remove(identity.account, factor_id, visitor.now)
    return private(FactorRemovedAnswer(factor_id=factor_id), HTTPStatus.OK)


@command_route(
    "/v1/step-ups",
    tag="accounts",
    permission=SHOW,
    status=HTTPStatus.ACCEPTED,
    answer=CODE_SENT,
)
async def step_up(
    data: JSONBody[NothingBody],
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[CodeSentAnswer]:
    """Send a code by letter. 409 `factor-is-due` for who has an authenticator."""
    session_of(identity)
    asked = await visitor.accounts.stepping_up.begin(
        identity.account, visitor.now, visitor.origin(data)
    )
    return private(code_sent(asked), HTTPStatus.ACCEPTED)


@command_route(
    "/v1/step-ups/{challenge_id:str}/confirm",
    tag="accounts",
    permission=SHOW,
    request={"code": "123456"},
    answer={name: SIGNED_IN[name] for name in ("access_token", "token_type", "expires_in")},
)
async def confirm_step_up(
    challenge_id: FromPath[str],
    data: JSONBody[CodeBody],
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[SteppedUpAnswer]:
    """Show the code of the letter."""
    token = await visitor.accounts.stepping_up.confirm(
        identity.account,
        session_of(identity),
        challenge_id,
        data.code,
        visitor.origin(data),
        visitor.now,
    )
    return private(stepped_up(token), HTTPStatus.OK)


@command_route(
    "/v1/step-ups/factor",
    tag="accounts",
    permission=SHOW,
    request={"code": "123456"},
    answer={name: SIGNED_IN[name] for name in ("access_token", "token_type", "expires_in")},
)
async def step_up_by_factor(
    data: JSONBody[FactorCodeBody],
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[SteppedUpAnswer]:
    """Show a code of the account's own factor."""
    token = await visitor.accounts.stepping_up.by_factor(
        identity.account, session_of(identity), data.code, visitor.origin(data), visitor.now
    )
    return private(stepped_up(token), HTTPStatus.OK)


def stepped_up(token: str) -> SteppedUpAnswer:
    return SteppedUpAnswer(
        access_token=token,
        token_type="Bearer",  # noqa: S106 - the name of a scheme
        expires_in=ACCESS_S,
    )


ROUTES = (
    begin_totp,
    confirm_totp,
    draw_recovery_codes,
    remove_factor,
    step_up,
    confirm_step_up,
    step_up_by_factor,
)
