"""Accounts over HTTP, with letters from the mail server that the worker has written to."""

import time
import uuid
from typing import Any

import httpx
import pyotp
import pytest

from tests.api.person import NEW_PASSWORD, PASSWORD, Person, refused
from tests.conftest import Api, Shop

REFUSED_WITHIN_S = 1.0


@pytest.fixture
def anna(api: Api) -> Person:
    return Person(api)


def test_from_an_address_to_an_order_list_and_out(anna: Person) -> None:
    granted = anna.registered()
    assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 600)
    assert anna.signed("GET", "/v1/orders", granted).json()["items"] == []
    again = anna.sign_in(device=granted["device_token"])
    assert again.status_code == 201
    assert again.headers["cache-control"] == "no-store"
    fresh = anna.refresh(again.json()["refresh_token"])
    assert fresh.headers["cache-control"] == "no-store"
    session = again.json()["session_id"]
    ended = anna.signed("POST", "/v1/sessions/current/end", fresh.json())
    assert ended.json()["session_id"] == session
    assert anna.refresh(fresh.json()["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_new_device_needs_a_code_and_is_known_then(anna: Person) -> None:
    anna.registered()
    asked = anna.sign_in()
    assert asked.status_code == 202
    path = f"/v1/sign-ins/{asked.json()['challenge_id']}/confirm"
    assert refused(anna.post(path, code="000000")) == (403, "code-refused")
    granted = anna.post(path, code=anna.code(2)).json()
    assert anna.sign_in(device=granted["device_token"]).status_code == 201


def test_both_apis_refuse_a_session_within_a_second_of_its_end(anna: Person) -> None:
    first = anna.registered()
    second = anna.sign_in(device=first["device_token"]).json()
    path = f"/v1/sessions/{second['session_id']}/end"
    assert anna.signed("POST", path, first).status_code == 200
    began = time.monotonic()
    for method, guarded in (("GET", "/v1/orders"), ("POST", "/v1/sessions/end-others")):
        while anna.signed(method, guarded, second).status_code != 401:
            assert time.monotonic() - began < REFUSED_WITHIN_S
    assert anna.signed("GET", "/v1/orders", first).status_code == 200


def test_a_forgotten_password_is_set_anew(anna: Person) -> None:
    granted = anna.registered()
    asked = anna.post("/v1/password-resets", email=anna.address)
    path = f"/v1/password-resets/{asked.json()['challenge_id']}/confirm"
    weak = anna.post(path, code=anna.code(2), password="password")
    assert refused(weak) == (422, "password-weak")
    assert weak.json()["errors"][0]["field"] == "password"
    assert anna.post(path, code=anna.code(2), password=NEW_PASSWORD).status_code == 200
    assert refused(anna.sign_in()) == (403, "sign-in-refused")
    assert anna.sign_in(NEW_PASSWORD, granted["device_token"]).status_code == 202
    assert anna.refresh(granted["refresh_token"]).status_code == 400


def test_known_and_unknown_addresses_are_answered_alike(api: Api) -> None:
    """Byte for byte, but for the id and the time of the answer."""
    known, unconfirmed, unknown = Person(api), Person(api), Person(api)
    known.registered()
    unconfirmed.register()
    wrong = [one.sign_in(NEW_PASSWORD) for one in (known, unconfirmed, unknown)]
    assert len({(one.status_code, one.content) for one in wrong}) == 1
    resets = [one.post("/v1/password-resets", email=one.address) for one in (known, unknown)]
    assert len({shape(one) for one in resets}) == 1
    registered = [Person(api).register(), Person(api).register()]
    assert len({shape(one) for one in registered}) == 1


def shape(answer: httpx.Response) -> tuple[Any, ...]:
    headers = {name for name in answer.headers if name != "date"}
    return answer.status_code, len(answer.content), tuple(answer.json()), tuple(sorted(headers))


def test_the_token_endpoint_speaks_rfc_6749(anna: Person) -> None:
    for grant_type, token, error in (
        ("", "x", "invalid_request"),
        ("refresh_token", "", "invalid_request"),
        ("password", "x", "unsupported_grant_type"),
        ("refresh_token", "nonsense", "invalid_grant"),
    ):
        answer = anna.refresh(token, grant_type)
        assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/registrations", {"email": "no-address", "password": PASSWORD}, "email"),
        ("/v1/registrations", {"email": "a@example.org", "password": "qwertyuiop"}, "password"),
        ("/v1/registrations", {"email": "a@example.org", "password": "йцукенгш"}, "password"),
        ("/v1/registrations", {"email": "a@example.org"}, "password"),
        ("/v1/sign-ins", {"email": "a@b", "password": "x" * 257}, "password"),
        ("/v1/registrations/~x/confirm", {"code": "12345"}, "code"),
        ("/v1/password-resets", {"email": "a@b..c"}, "email"),
        ("/v1/password-resets", {"email": "a@example.org", "more": 1}, "more"),
    ],
)
def test_bad_input_is_named(anna: Person, path: str, body: dict[str, Any], field: str) -> None:
    answer = anna.post(path, **body)
    assert answer.status_code in {400, 422}, answer.text
    assert field in answer.text
    assert PASSWORD not in answer.text


def test_a_token_that_no_session_gave_has_none_to_end(api: Api) -> None:
    answer = api.post("buyer:bob", "/v1/sessions/current/end")
    assert refused(answer) == (403, "not-allowed")


def test_a_session_of_somebody_else_is_unknown(api: Api) -> None:
    anna, mallory = Person(api), Person(api)
    hers, his = anna.registered(), mallory.registered()
    answer = mallory.signed("POST", f"/v1/sessions/{hers['session_id']}/end", his)
    assert refused(answer) == (404, "session-unknown")
    assert anna.signed("GET", "/v1/orders", hers).status_code == 200


def test_an_account_orders_as_the_buyer_that_it_is(api: Api, shop: Shop, anna: Person) -> None:
    granted = anna.registered()
    headers = {
        "Authorization": f"Bearer {granted['access_token']}",
        "Idempotency-Key": uuid.uuid4().hex,
    }
    placed = anna.http.post("/v1/orders", json=shop.order_body(), headers=headers)
    assert placed.status_code == 201, placed.text
    headers |= {"Read-After": placed.headers["Log-Position"], "Read-Wait-Ms": "10000"}
    (order,) = anna.http.get("/v1/orders", headers=headers).json()["items"]
    assert order["order_id"] == placed.json()["order_id"]
    stranger = api.get("buyer:bob", f"/v1/orders/{order['order_id']}")
    assert stranger.status_code == 404
    foreign = anna.http.post(
        "/v1/sellers",
        json={"name": "Shop", "currency": "EUR"},
        headers={
            "Authorization": f"Bearer {granted['access_token']}",
            "Idempotency-Key": uuid.uuid4().hex,
        },
    )
    assert refused(foreign) == (403, "not-allowed")


def test_letters_say_what_they_are_and_hold_no_link(api: Api) -> None:
    anna = Person(api)
    anna.registered()
    letter = anna.letter()
    assert letter["subject"].startswith("Your code: ")
    assert "http" not in letter["text"]


def test_the_owner_of_a_known_address_is_told(api: Api) -> None:
    anna = Person(api)
    anna.registered()
    api.sql("UPDATE challenges.challenge SET sent_at = sent_at - interval '2 minutes' RETURNING 1")
    assert anna.register(NEW_PASSWORD).status_code == 202
    assert anna.letter(2)["subject"] == "You have an account already"


def test_an_authenticator_is_added_shown_and_asked_for(anna: Person) -> None:
    granted = anna.registered()
    begun = anna.signed("POST", "/v1/factors/totp", granted).json()
    totp = pyotp.parse_uri(begun["uri"])
    assert isinstance(totp, pyotp.TOTP)
    confirm = f"/v1/factors/totp/{begun['factor_id']}/confirm"
    bearer = {"Authorization": f"Bearer {granted['access_token']}"}
    answer = anna.http.post(confirm, json={"code": totp.now()}, headers=bearer)
    codes = answer.json()["recovery_codes"]
    assert len(codes) == 10
    asked = anna.sign_in().json()
    assert asked["by"] == "factor"
    path = f"/v1/sign-ins/{asked['challenge_id']}/factor"
    assert refused(anna.post(path, code=totp.now())) == (403, "code-refused")  # Shown already.
    assert anna.post(path, code=codes[0]).status_code == 201


def test_what_costs_asks_for_a_factor_that_was_shown_lately(anna: Person) -> None:
    granted = anna.registered()
    again = anna.sign_in(device=granted["device_token"]).json()
    answer = anna.signed("POST", "/v1/factors/totp", again)
    assert refused(answer) == (403, "step-up-required")
    asked = anna.signed("POST", "/v1/step-ups", again).json()
    bearer = {"Authorization": f"Bearer {again['access_token']}"}
    path = f"/v1/step-ups/{asked['challenge_id']}/confirm"
    stepped = anna.http.post(path, json={"code": anna.code(2)}, headers=bearer).json()
    assert anna.signed("POST", "/v1/factors/totp", stepped).status_code == 201


def test_one_sees_one_s_own_sessions_and_nobody_else_s(api: Api) -> None:
    anna, mallory = Person(api), Person(api)
    granted, his = anna.registered(), mallory.registered()
    second = anna.sign_in(device=granted["device_token"]).json()
    position = anna.ok(granted, f"/v1/sessions/{second['session_id']}/end")["log_position"]
    listed = sessions_of(anna, granted, position)
    assert [(one["session_id"], one["reason"]) for one in listed] == [
        (granted["session_id"], None),
        (second["session_id"], "signed_out_elsewhere"),
    ]
    (only,) = sessions_of(mallory, his, position)
    assert (only["session_id"], only["method"]) == (his["session_id"], "code")
    assert refused(api.get("buyer:bob", "/v1/sessions")) == (403, "not-allowed")


def sessions_of(person: Person, granted: dict[str, Any], position: int) -> list[dict[str, Any]]:
    headers = {
        "Authorization": f"Bearer {granted['access_token']}",
        "Read-After": str(position),
        "Read-Wait-Ms": "10000",
    }
    return list(person.http.get("/v1/sessions", headers=headers).json())
