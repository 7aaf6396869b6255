"""Identities at providers through the whole stack: every route, and what a client is told."""

import uuid

from tests.api.elsewhere import Known
from tests.api.person import Person, refused
from tests.conftest import REDIRECT_URI, Api


def test_google_signs_somebody_in_who_was_never_here(api: Api) -> None:
    anna = Person(api)
    there = Known(api, "google", uuid.uuid4().hex, anna.address, verified=True)
    first = there.signs_in()
    assert first.status_code == 201, first.text
    assert "no-store" in first.headers["Cache-Control"]
    again = there.signs_in(device_token=first.json()["device_token"])
    assert again.json()["account_id"] == first.json()["account_id"]
    assert anna.signed("GET", "/v1/me/identities", first.json()).json()[0]["provider"] == "google"


def test_vk_signs_somebody_in_by_a_code_to_their_address(api: Api) -> None:
    anna = Person(api)
    asked = Known(api, "vk", str(uuid.uuid4().int)[:10], anna.address).signs_in()
    assert asked.status_code == 202, asked.text
    path = f"/v1/sign-ins/social/{asked.json()['challenge_id']}/register"
    granted = anna.post(path, code=anna.code())
    assert granted.status_code == 201, granted.text


def test_a_client_is_told_what_is_wrong(api: Api) -> None:
    anna = Person(api)
    anna.registered()
    begin = "/v1/sign-ins/social"
    nowhere = anna.post(begin, provider="google", redirect_uri="https://evil.example/")
    assert refused(nowhere) == (422, "redirect-refused")
    unknown = anna.post(begin, provider="myspace", redirect_uri=REDIRECT_URI)
    assert refused(unknown) == (404, "identity-provider-unknown")
    taken = Known(api, "google", uuid.uuid4().hex, anna.address, verified=True)
    assert refused(taken.signs_in()) == (409, "address-has-account")
    nobody = Known(api, "yandex", uuid.uuid4().hex)
    assert refused(nobody.signs_in()) == (409, "address-missing")
    forged = Known(api, "google", f"forged-{uuid.uuid4().hex}", Person(api).address, verified=True)
    assert refused(forged.signs_in()) == (403, "identity-refused")
    away = Known(api, "yandex", f"away-{uuid.uuid4().hex}").signs_in()
    assert refused(away) == (503, "provider-unavailable")
    assert away.headers["Retry-After"]
