"""Devices over HTTP: trusted by a word, seen by their owner, let go within a second."""

import time
from typing import Any

import httpx
import pytest

from tests.api.person import PASSWORD, Person, refused
from tests.api.test_browsers import EVIL, Page
from tests.conftest import ORIGIN, Api

WITHIN_S = 1.0
PHONE = "Mozilla/5.0 (Android 14; Mobile; rv:131.0) Gecko/131.0 Firefox/131.0"


@pytest.fixture
def anna(api: Api) -> Person:
    return Person(api)


def on_a_phone(anna: Person, **body: Any) -> dict[str, Any]:
    """After her registration, whose code was the first."""
    asked = anna.sign_in().json()
    path = f"/v1/sign-ins/{asked['challenge_id']}/confirm"
    sent = {"code": anna.code(2)} | body
    answer = anna.http.post(path, json=sent, headers={"User-Agent": PHONE})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_trusted_device_is_seen_signs_in_by_itself_and_is_let_go(anna: Person) -> None:
    first = anna.registered()
    phone = on_a_phone(anna, trust=True)
    by_itself = anna.post("/v1/sign-ins/device", device_token=phone["device_token"])
    assert by_itself.status_code == 201, by_itself.text
    seen = anna.signed("GET", "/v1/me/devices", first)
    assert seen.headers["cache-control"] == "no-store"
    assert [(one["name"], one["current"]) for one in seen.json()] == [
        ("Firefox Mobile on Android", False),
        (seen.json()[1]["name"], True),
    ]
    device_id = seen.json()[0]["device_id"]
    assert anna.ok(first, f"/v1/me/devices/{device_id}/name", name="phone")
    assert anna.ok(first, f"/v1/me/devices/{device_id}/revoke") == {"device_id": device_id}
    began = time.monotonic()
    while anna.signed("GET", "/v1/orders", phone).status_code != 401:
        assert time.monotonic() - began < WITHIN_S
    again = anna.post("/v1/sign-ins/device", device_token=phone["device_token"])
    assert refused(again) == (403, "sign-in-refused")
    assert len(anna.signed("GET", "/v1/me/devices", first).json()) == 1


def test_a_browser_signs_in_by_its_cookie_and_only_from_a_page_of_ours(api: Api) -> None:
    page = Page(api)
    page.enter()
    asked = page.ask("/v1/sign-ins", {"email": page.address, "password": PASSWORD, "cookies": True})
    assert asked.status_code == 201  # Its device is known, but signs in by no cookie alone:
    assert refused(page.ask("/v1/sign-ins/device", {"cookies": True})) == (403, "sign-in-refused")
    page.cookies.clear()
    asked = page.ask("/v1/sign-ins", {"email": page.address, "password": PASSWORD, "cookies": True})
    path = f"/v1/sign-ins/{asked.json()['challenge_id']}/confirm"
    body = {"code": page.code(2), "cookies": True, "trust": True}
    assert page.ask(path, body).status_code == 201
    page.origin = EVIL
    assert refused(page.ask("/v1/sign-ins/device", {"cookies": True})) == (403, "origin-refused")
    page.origin = ORIGIN
    assert page.ask("/v1/sign-ins/device", {"cookies": True}).status_code == 201


@pytest.mark.parametrize("name", ["", "x" * 61, "a\u202eb", "a\nb", "a\u2066b"])
def test_a_name_that_hides_something_is_no_name(anna: Person, name: str) -> None:
    granted = anna.registered()
    (seen,) = anna.signed("GET", "/v1/me/devices", granted).json()
    path = f"/v1/me/devices/{seen['device_id']}/name"
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}
    answer = anna.http.post(path, json={"name": name}, headers=bearer)
    assert refused(answer) == (400, "invalid-request")
    assert answer.json()["errors"][0]["field"] == "name"


def test_who_is_not_signed_in_has_none(api: Api) -> None:
    assert httpx.get(f"{api.http.base_url}/v1/me/devices").status_code == 401
    assert refused(api.get("buyer:b", "/v1/me/devices")) == (403, "not-allowed")


def test_nobody_acts_as_staff_by_a_device_alone(anna: Person) -> None:
    body = {"device_token": "mdt_x", "surface": "staff"}
    assert refused(anna.post("/v1/sign-ins/device", **body)) == (400, "invalid-request")
