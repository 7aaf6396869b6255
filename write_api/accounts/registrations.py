"""Registration, and codes that are sent once more."""

from http import HTTPStatus

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from eventstore.identity import PUBLIC
from write_api.accounts.bodies import (
    CODE_SENT,
    SIGNED_IN,
    CodeSentAnswer,
    EntryCodeBody,
    NothingBody,
    RegistrationBody,
    SignedInAnswer,
    code_sent,
)
from write_api.accounts.caller import Visitor, entered, private
from write_api.route import command_route


@command_route(
    "/v1/registrations",
    tag="accounts",
    permission=PUBLIC,
    status=HTTPStatus.ACCEPTED,
    request={"email": "anna@example.org", "password": "korrekte-pferde-batterie"},
    answer=CODE_SENT,
)
async def register(
    data: JSONBody[RegistrationBody], visitor: NamedDependency[Visitor]
) -> Response[CodeSentAnswer]:
    """Send a code to an address. Until it is confirmed there is no account.

    The answer is the same for an address that has an account: its owner is told by mail.
    """
    asked = await visitor.accounts.registration.begin(
        data.address, data.password, visitor.now, visitor.origin(data)
    )
    return private(code_sent(asked), HTTPStatus.ACCEPTED)


@command_route(
    "/v1/registrations/{challenge_id:str}/confirm",
    tag="accounts",
    permission=PUBLIC,
    status=HTTPStatus.CREATED,
    request={"code": "123456"},
    answer=SIGNED_IN,
)
async def confirm_registration(
    challenge_id: FromPath[str], data: JSONBody[EntryCodeBody], visitor: NamedDependency[Visitor]
) -> Response[SignedInAnswer]:
    """Confirm the address: there is an account, and a session of it on this device."""
    visitor.may_enter(data)
    accounts, now, origin = visitor.accounts, visitor.now, visitor.origin(data)
    challenge = await accounts.registration.confirm(challenge_id, data.code, now, origin)
    granted = await accounts.signing_in.let_in(challenge, "code", origin, now)
    return entered(granted, data, visitor)


@command_route(
    "/v1/challenges/{challenge_id:str}/resend",
    tag="accounts",
    permission=PUBLIC,
    status=HTTPStatus.ACCEPTED,
    answer=CODE_SENT,
)
async def resend(
    challenge_id: FromPath[str],
    data: JSONBody[NothingBody],
    visitor: NamedDependency[Visitor],
) -> Response[CodeSentAnswer]:
    """Send another code, a minute after the last at the earliest. The one before is void."""
    origin = visitor.origin(data)
    asked = await visitor.accounts.codes.send_again(challenge_id, visitor.now, origin)
    return private(code_sent(asked), HTTPStatus.ACCEPTED)


ROUTES = (register, confirm_registration, resend)
