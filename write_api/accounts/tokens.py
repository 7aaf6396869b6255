"""The token endpoint of RFC 6749, section 6: a refresh token for its successor and a new access
token. Its refusals are that document's, not problems.
"""

from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from litestar import Response
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body

from commands.accounts.sessions import GrantInvalid
from eventstore.identity import PUBLIC
from write_api.accounts.bodies import ACCESS_S, SIGNED_IN
from write_api.accounts.caller import Visitor, private
from write_api.accounts.cookies import kept
from write_api.route import command_route

type OAuthError = Literal["invalid_request", "unsupported_grant_type", "invalid_grant"]


class TokenBody(msgspec.Struct, frozen=True, kw_only=True):
    """A form; what it does not know is left alone, as that document says."""

    grant_type: str = ""
    refresh_token: str = ""


class TokenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str | None
    csrf_token: str | None = None


class TokenRefusal(msgspec.Struct, frozen=True, kw_only=True):
    error: OAuthError
    error_description: str


REASONS: dict[OAuthError, str] = {
    "invalid_request": "grant_type and refresh_token are required, as a form.",
    "unsupported_grant_type": "Only refresh_token is granted for.",
    "invalid_grant": "The refresh token is not valid any more: sign in again.",
}


@command_route(
    "/v1/tokens",
    tag="accounts",
    permission=PUBLIC,
    request={"grant_type": "refresh_token", "refresh_token": SIGNED_IN["refresh_token"]},
    answer={
        name: SIGNED_IN[name]
        for name in ("access_token", "token_type", "expires_in", "refresh_token")
    },
    refusal={"error": "invalid_grant", "error_description": REASONS["invalid_grant"]},
)
async def refresh(
    data: Annotated[TokenBody, Body(media_type=RequestEncodingType.URL_ENCODED)],
    visitor: NamedDependency[Visitor],
) -> Response[TokenAnswer | TokenRefusal]:
    """Refresh a session. The same token gives the same successor for 30 seconds; after that its
    use ends the session, since one of the two who hold it is not its owner.

    A browser shows its cookie, its origin and `X-CSRF-Token` instead.
    """
    browser = visitor.browser
    by_cookie = not data.refresh_token and bool(browser.refresh)
    shown = browser.shows() if by_cookie else data.refresh_token
    refused = _asked(data.grant_type, shown)
    if refused is not None:
        return _refusal(refused)
    try:
        granted = await visitor.accounts.sessions.refresh(shown, visitor.now)
    except GrantInvalid:
        return _refusal("invalid_grant")
    answer = TokenAnswer(
        access_token=granted.access_token,
        token_type="Bearer",  # noqa: S106 - the name of a scheme
        expires_in=ACCESS_S,
        refresh_token=None if by_cookie else granted.refresh_token,
        csrf_token=browser.keys.csrf(granted.session_id) if by_cookie else None,
    )
    response: Response[TokenAnswer | TokenRefusal] = private(answer, HTTPStatus.OK)
    if by_cookie:
        response.cookies = list(kept(granted.refresh_token, None))
    return response


def _asked(grant_type: str, shown: str) -> OAuthError | None:
    if not grant_type or not shown:
        return "invalid_request"
    return None if grant_type == "refresh_token" else "unsupported_grant_type"


def _refusal(error: OAuthError) -> Response[TokenAnswer | TokenRefusal]:
    return private(
        TokenRefusal(error=error, error_description=REASONS[error]), HTTPStatus.BAD_REQUEST
    )


ROUTES = (refresh,)
