"""Browsers: what refreshes a session is in cookies that no script reads, and is not enough alone."""

from http.cookies import SimpleCookie
from typing import Any

import httpx
import pytest

from tests.api.person import PASSWORD, Person, refused
from tests.conftest import ORIGIN, Api

EVIL = "https://evil.example"


class Page(Person):
    """A page of an origin; the browser keeps its cookies."""

    def __init__(self, api: Api, origin: str = ORIGIN) -> None:
        super().__init__(api)
        self.base = str(api.http.base_url)
        self.origin = origin
        self.cookies: dict[str, str] = {}
        self.attributes: dict[str, Any] = {}

    def ask(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        headers = {"Origin": self.origin} | more.pop("headers", {})
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{n}={v}" for n, v in self.cookies.items())
        sent = {"json": body} if body is not None else {}
        answer = httpx.post(f"{self.base}{path}", headers=headers, **sent, **more)
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
                self.attributes[name] = morsel
        return answer

    def enter(self) -> dict[str, Any]:
        asked = self.register().json()
        path = f"/v1/registrations/{asked['challenge_id']}/confirm"
        answer = self.ask(path, {"code": self.code(), "cookies": True})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def renew(self, csrf: str, **headers: str) -> httpx.Response:
        shown = {"X-CSRF-Token": csrf} | headers
        return self.ask("/v1/tokens", data={"grant_type": "refresh_token"}, headers=shown)


@pytest.fixture
def page(api: Api) -> Page:
    return Page(api)


def test_tokens_are_in_cookies_that_no_script_reads(page: Page) -> None:
    granted = page.enter()
    assert granted["refresh_token"] is granted["device_token"] is None
    assert set(page.cookies) == {"__Host-refresh", "__Host-device"}
    for morsel in page.attributes.values():
        assert morsel["secure"]
        assert morsel["httponly"]
        assert (morsel["path"], morsel["samesite"].lower()) == ("/", "strict")
        assert not morsel["domain"]


def test_a_page_refreshes_by_its_cookie_and_what_it_was_given(page: Page) -> None:
    granted = page.enter()
    before = page.cookies["__Host-refresh"]
    answer = page.renew(granted["csrf_token"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["refresh_token"] is None
    assert page.cookies["__Host-refresh"] != before
    assert page.renew(answer.json()["csrf_token"]).status_code == 200


def test_a_cookie_alone_is_not_enough(api: Api, page: Page) -> None:
    granted = page.enter()
    other = Page(api).enter()
    for csrf in ("", "x", other["csrf_token"]):
        assert refused(page.renew(csrf)) == (403, "csrf-refused")
    page.origin = EVIL
    assert refused(page.renew(granted["csrf_token"])) == (403, "origin-refused")
    page.origin = ORIGIN
    assert page.renew(granted["csrf_token"]).status_code == 200


def test_a_page_of_another_origin_is_given_no_cookie(page: Page) -> None:
    asked = page.register().json()
    page.origin = EVIL
    path = f"/v1/registrations/{asked['challenge_id']}/confirm"
    body = {"code": page.code(), "cookies": True}
    assert refused(page.ask(path, body)) == (403, "origin-refused")
    page.origin = ORIGIN  # And the code is still good.
    assert page.ask(path, body).status_code == 201


def test_a_browser_s_device_is_known_by_its_cookie(page: Page) -> None:
    page.enter()
    body = {"email": page.address, "password": PASSWORD, "cookies": True}
    assert page.ask("/v1/sign-ins", body).status_code == 201
    del page.cookies["__Host-device"]
    assert page.ask("/v1/sign-ins", body).status_code == 202


def test_signing_out_takes_the_cookie_away(page: Page) -> None:
    granted = page.enter()
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}
    assert page.ask("/v1/sessions/current/end", {}, headers=bearer).status_code == 200
    assert page.cookies["__Host-refresh"] == ""
    assert page.attributes["__Host-refresh"]["max-age"] == "0"


def test_a_preflight_is_answered_at_the_gateway(api: Api) -> None:
    for origin, status in ((ORIGIN, 204), (EVIL, 405)):
        answer = httpx.options(
            f"{api.http.base_url}/v1/orders",
            headers={"Origin": origin, "Access-Control-Request-Method": "POST"},
        )
        allowed = answer.headers.get("access-control-allow-origin")
        assert (allowed == ORIGIN) == (status == 204), answer.headers
