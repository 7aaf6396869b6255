"""Sessions of browsers: what refreshes them is in cookies that no script can read.

A cookie is sent by any page that makes a browser ask, so a cookie alone is not enough: the origin
must be one that is allowed, and a token must be shown that only a page of that origin was given.
"""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from litestar import Request
from litestar.datastructures import Cookie, State

from commands.accounts.keys import AccountKeys
from commands.accounts.tokens import REFRESH, read
from commands.refusals import Forbidden

REFRESH_COOKIE = "__Host-refresh"
DEVICE_COOKIE = "__Host-device"
CSRF_HEADER = "X-CSRF-Token"
REFRESH_S = 90 * 86_400
DEVICE_S = 90 * 86_400


class OriginRefused(Forbidden):
    """Pages of this origin may not use cookies here: it is not allowed, or says nothing."""


class CsrfRefused(Forbidden):
    """The CSRF token is missing, or is not this session's."""


class Browser(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser sends along: where the page is from, cookies, and what the page shows."""

    origin: str
    refresh: str
    device: str
    shown: str
    origins: frozenset[str]
    keys: AccountKeys

    def may(self) -> None:
        """Raises `OriginRefused`."""
        if self.origin not in self.origins:
            raise OriginRefused

    def shows(self) -> str:
        """The refresh token of the cookie. Raises `OriginRefused` or `CsrfRefused`."""
        self.may()
        token = read(REFRESH, self.refresh)
        if token is None or not self.keys.is_csrf(token.of, self.shown):
            raise CsrfRefused
        return self.refresh


def browser_of(request: Request[Any, Any, State]) -> Browser:
    state = request.app.state
    return Browser(
        origin=request.headers.get("origin", ""),
        refresh=request.cookies.get(REFRESH_COOKIE, ""),
        device=request.cookies.get(DEVICE_COOKIE, ""),
        shown=request.headers.get(CSRF_HEADER, ""),
        origins=state.origins,
        keys=state.account_keys,
    )


def kept(refresh: str, device: str | None) -> Sequence[Cookie]:
    """For as long as they are good; a device is kept only when it became a known one."""
    cookies = [_cookie(REFRESH_COOKIE, refresh, REFRESH_S)]
    if device:
        cookies.append(_cookie(DEVICE_COOKIE, device, DEVICE_S))
    return cookies


def gone() -> Sequence[Cookie]:
    """After signing out; the device stays known."""
    return [_cookie(REFRESH_COOKIE, "", 0)]


def _cookie(name: str, value: str, seconds: int) -> Cookie:
    strict: Literal["strict"] = "strict"
    return Cookie(
        key=name,
        value=value,
        max_age=seconds,
        path="/",
        secure=True,
        httponly=True,
        samesite=strict,
    )
