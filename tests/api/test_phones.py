"""An account by a phone number, through the whole stack to the carrier's stand-in."""

import time
import uuid

import httpx

from tests.api.person import PASSWORD, refused
from tests.conftest import Api

TEXT_WITHIN_S = 30.0


def told(api: Api, number: str, how_many: int) -> str:
    """The newest text, when there are so many."""
    sandbox = api.settings.providers["sandbox"]
    deadline = time.monotonic() + TEXT_WITHIN_S
    while True:
        found = httpx.get(
            f"{sandbox.url}/_control/texts",
            params={"to": number},
            headers={"Authorization": f"Bearer {sandbox.secret_key}"},
        ).json()["data"]
        if len(found) >= how_many:
            assert found[-1]["carrier"] == "smsc"
            return str(found[-1]["text"])
        assert time.monotonic() < deadline, found
        time.sleep(0.02)


def test_a_number_registers_and_signs_in(api: Api) -> None:
    mine = f"+7916{uuid.uuid4().int % 100_000:05}01"
    asked = api.http.post("/v1/registrations", json={"phone": mine, "password": PASSWORD})
    assert asked.status_code == 202, asked.text
    assert asked.json()["by"] == "phone"
    path = f"/v1/registrations/{asked.json()['challenge_id']}/confirm"
    granted = api.http.post(path, json={"code": told(api, mine, 1)[:6]})
    assert granted.status_code == 201, granted.text
    spelled = f"8 (916) {mine[5:]}"
    asked = api.http.post("/v1/sign-ins", json={"phone": spelled, "password": PASSWORD})
    assert asked.status_code == 202, asked.text
    path = f"/v1/sign-ins/{asked.json()['challenge_id']}/confirm"
    again = api.http.post(path, json={"code": told(api, mine, 2)[:6]})
    assert again.json()["account_id"] == granted.json()["account_id"]


def test_a_client_is_told_what_is_wrong_with_a_number(api: Api) -> None:
    post = api.http.post
    for typed in ("+78091234567", "+14155552671", "anna"):
        answer = post("/v1/registrations", json={"phone": typed, "password": PASSWORD})
        assert refused(answer) == (422, "phone-invalid"), typed
        assert answer.json()["errors"][0]["field"] == "phone"
    both = {"phone": "+79161234567", "email": "anna@example.org", "password": PASSWORD}
    for body in (both, {"password": PASSWORD}):
        assert refused(post("/v1/registrations", json=body)) == (400, "invalid-request")
