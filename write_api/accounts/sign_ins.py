"""Signing in, and passwords that were forgotten."""

from http import HTTPStatus

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from commands.accounts.asking import Asking as SignIn
from commands.accounts.changing import Asking
from commands.accounts.sessions import Granted
from eventstore.identity import PUBLIC, Identity
from write_api.accounts.bodies import (
    CODE_SENT,
    SIGNED_IN,
    ChangedPasswordBody,
    CodeSentAnswer,
    EntryCodeBody,
    EntryFactorBody,
    NewPasswordBody,
    PasswordSetAnswer,
    ResetBody,
    SignedInAnswer,
    SignInBody,
    code_sent,
)
from write_api.accounts.caller import Visitor, entered, private
from write_api.accounts.own import own, session_of
from write_api.route import command_route


@command_route(
    "/v1/sign-ins",
    tag="accounts",
    permission=PUBLIC,
    status=HTTPStatus.CREATED,
    request={"email": "anna@example.org", "password": "korrekte-pferde-batterie"},
    answer=SIGNED_IN,
)
async def sign_in(
    data: JSONBody[SignInBody], visitor: NamedDependency[Visitor]
) -> Response[SignedInAnswer | CodeSentAnswer]:
    """Sign in: 201 and a session on a known device, 202 and a code by mail on any other.

    Whatever is wrong, the refusal is the same and takes as long.
    """
    visitor.may_enter(data)
    asking = SignIn(
        address=data.address,
        password=data.password,
        device_token=data.device_token or visitor.device(data),
        surface=data.surface,
        seller_id=data.seller_id,
    )
    found = await visitor.accounts.signing_in.begin(asking, visitor.origin(data), visitor.now)
    if isinstance(found, Granted):
        return entered(found, data, visitor)
    return private(code_sent(found), HTTPStatus.ACCEPTED)


@command_route(
    "/v1/sign-ins/{challenge_id:str}/confirm",
    tag="accounts",
    permission=PUBLIC,
    status=HTTPStatus.CREATED,
    request={"code": "123456"},
    answer=SIGNED_IN,
)
async def confirm_sign_in(
    challenge_id: FromPath[str], data: JSONBody[EntryCodeBody], visitor: NamedDependency[Visitor]
) -> Response[SignedInAnswer]:
    """Show the code: a session, on a device that is known from now on."""
    visitor.may_enter(data)
    granted = await visitor.accounts.signing_in.confirm(
        challenge_id, data.code, visitor.origin(data), visitor.now, trust=data.trust
    )
    return entered(granted, data, visitor)


@command_route(
    "/v1/sign-ins/{challenge_id:str}/factor",
    tag="accounts",
    permission=PUBLIC,
    status=HTTPStatus.CREATED,
    request={"code": "123456"},
    answer=SIGNED_IN,
)
async def confirm_by_factor(
    challenge_id: FromPath[str], data: JSONBody[EntryFactorBody], visitor: NamedDependency[Visitor]
) -> Response[SignedInAnswer]:
    """Show a code of the account's authenticator, or a recovery code, where `by` is `factor`."""
    visitor.may_enter(data)
    granted = await visitor.accounts.signing_in.confirm_factor(
        challenge_id, data.code, visitor.origin(data), visitor.now, trust=data.trust
    )
    return entered(granted, data, visitor)


@command_route(
    "/v1/password-resets",
    tag="accounts",
    permission=PUBLIC,
    status=HTTPStatus.ACCEPTED,
    request={"email": "anna@example.org"},
    answer=CODE_SENT,
)
async def reset_password(
    data: JSONBody[ResetBody], visitor: NamedDependency[Visitor]
) -> Response[CodeSentAnswer]:
    """Send a code for a new password. The answer is the same for an address without an account."""
    asked = await visitor.accounts.resetting.begin(data.address, visitor.now, visitor.origin(data))
    return private(code_sent(asked), HTTPStatus.ACCEPTED)


@command_route(
    "/v1/password-resets/{challenge_id:str}/confirm",
    tag="accounts",
    permission=PUBLIC,
    request={"code": "123456", "password": "korrekte-pferde-batterie"},
    answer={"status": "password_set"},
)
async def set_password(
    challenge_id: FromPath[str], data: JSONBody[NewPasswordBody], visitor: NamedDependency[Visitor]
) -> Response[PasswordSetAnswer]:
    """Set the new password. All sessions end, and every device is a new one again."""
    resetting = visitor.accounts.resetting
    await resetting.confirm(
        challenge_id, data.code, data.password, visitor.now, visitor.origin(data)
    )
    return private(PasswordSetAnswer(), HTTPStatus.OK)


@command_route(
    "/v1/password",
    tag="accounts",
    permission=own("password:change:own"),
    step_up=True,
    request={"current": "korrekte-pferde-batterie", "password": "vier-bunte-laternen-77"},
    answer={"status": "password_set"},
)
async def change_password(
    data: JSONBody[ChangedPasswordBody],
    visitor: NamedDependency[Visitor],
    identity: NamedDependency[Identity],
) -> Response[PasswordSetAnswer]:
    """Change one's own. All other sessions end, and every other device is a new one again."""
    asking = Asking(
        account_id=identity.account,
        session_id=session_of(identity),
        current=data.current,
        new=data.password,
    )
    await visitor.accounts.changing.change(asking, visitor.origin(data), visitor.now)
    return private(PasswordSetAnswer(), HTTPStatus.OK)


ROUTES = (
    sign_in,
    confirm_sign_in,
    confirm_by_factor,
    reset_password,
    set_password,
    change_password,
)
