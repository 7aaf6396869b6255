"""API keys over HTTP, on both APIs."""

import time
import uuid
from typing import Any

import httpx

from tests.api.person import refused
from tests.api.test_members import Worker
from tests.conftest import Api, Shop

REFUSED_WITHIN_S = 1.0


class Program:
    """Holds a key."""

    def __init__(self, api: Api, key: str) -> None:
        self.http = api.http
        self.key = key

    def asks(self, method: str, path: str, **body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": uuid.uuid4().hex}
        return self.http.request(method, path, headers=headers, json=body or None)


def issued(anna: Worker, *permissions: str) -> dict[str, Any]:
    body = {"name": "robot", "permissions": list(permissions), "days": 30}
    return anna.ok(anna.session, "/v1/api-keys", **body)


def test_a_program_does_what_its_key_was_given_and_no_more(api: Api, shop: Shop) -> None:
    anna = Worker(api, shop, "owner")
    anna.step_up()
    made = issued(anna, "listings:offer", "listings:read")
    robot = Program(api, made["api_key"])
    price = {"price": {"amount_minor": 777, "currency": "EUR"}}
    answer = robot.asks("POST", f"/v1/listings/{shop.listing}/price", **price)
    assert answer.status_code == 200, answer.text
    assert robot.asks("GET", f"/v1/listings/{shop.listing}").status_code == 200
    for method, path in (
        ("GET", "/v1/orders"),
        ("GET", f"/v1/sellers/{shop.seller}/balance"),
        ("GET", "/v1/me/api-keys"),
        ("GET", "/v1/me/devices"),
        ("POST", "/v1/api-keys"),
        ("POST", "/v1/password"),
    ):
        assert refused(robot.asks(method, path, x=1)) == (403, "not-allowed"), path
    (seen,) = anna.read("/v1/me/api-keys").json()
    assert seen["hint"] == made["api_key"][-4:]
    assert "api_key" not in seen


def test_a_revoked_key_is_out_on_both_apis_within_a_second(api: Api, shop: Shop) -> None:
    anna = Worker(api, shop, "owner")
    anna.step_up()
    made = issued(anna, "listings:read", "listings:offer")
    second = anna.ok(anna.session, f"/v1/api-keys/{made['key_id']}/rotate", overlap_hours=1)
    robot, other = Program(api, made["api_key"]), Program(api, second["api_key"])
    path = f"/v1/listings/{shop.listing}"
    assert robot.asks("GET", path).status_code == 200
    price = {"price": {"amount_minor": 778, "currency": "EUR"}}
    assert robot.asks("POST", f"{path}/price", **price).status_code == 200
    anna.ok(anna.session, f"/v1/api-keys/{made['key_id']}/revoke")
    began = time.monotonic()
    while {
        robot.asks("GET", path).status_code,
        robot.asks("POST", f"{path}/price", **price).status_code,
    } != {401}:
        assert time.monotonic() - began < REFUSED_WITHIN_S
        time.sleep(0.02)
    assert other.asks("GET", path).status_code == 200


def test_what_is_no_key_is_refused_alike(api: Api, shop: Shop) -> None:
    anna = Worker(api, shop, "owner")
    anna.step_up()
    key = issued(anna, "listings:read")["api_key"]
    said = set()
    for text in (key[:-1], f"{key}0", key.swapcase(), "mak_", f"mak_{'0' * 60}", f"mak_{'é' * 9}"):
        answer = api.http.get(
            f"/v1/listings/{shop.listing}", headers={"Authorization": f"Bearer {text}".encode()}
        )
        said.add((answer.status_code, answer.json()["detail"]))
    assert said == {(401, "The API key is not valid.")}
