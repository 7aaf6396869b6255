"""Requests that are not what they should be: the answer names the field and what to do."""

import uuid
from typing import Any

import pytest

from tests.api.refused import PROBLEM, nothing_written, order, refused
from tests.conftest import Api, Shop

INVALID_ORDERS: list[tuple[str, dict[str, Any], str]] = [
    ("unknown field", {"price_minor": 1}, "price_minor"),
    ("wrong type", {"lines": "many"}, "lines"),
    ("no lines", {"lines": []}, "lines"),
    ("zero quantity", {"lines": [{"listing_id": "x", "quantity": 0}]}, "lines[].quantity"),
    ("negative quantity", {"lines": [{"listing_id": "x", "quantity": -1}]}, "lines[].quantity"),
    ("huge quantity", {"lines": [{"listing_id": "x", "quantity": 10**9}]}, "lines[].quantity"),
    ("bad id", {"order_id": "a b"}, "order_id"),
    ("NUL in an id", {"order_id": "a\u0000b"}, "order_id"),
]


@pytest.mark.parametrize(
    ("changes", "field"),
    [(c, f) for _, c, f in INVALID_ORDERS],
    ids=[n for n, _, _ in INVALID_ORDERS],
)
def test_a_malformed_order_names_the_field(
    api: Api, shop: Shop, changes: dict[str, Any], field: str
) -> None:
    key = uuid.uuid4().hex
    response = api.post(f"buyer:{shop.buyer}", "/v1/orders", order(shop, **changes), key=key)
    assert response.status_code == 400, response.text
    problem = response.json()
    assert problem["type"] == PROBLEM + "invalid-request"
    named = problem["errors"][0]["field"].replace("[0]", "[]")
    assert named == field, problem
    nothing_written(api, key)


def test_malformed_json(api: Api, shop: Shop) -> None:
    key = uuid.uuid4().hex
    headers = api.headers(f"buyer:{shop.buyer}") | {
        "Idempotency-Key": key,
        "Content-Type": "application/json",
    }
    response = api.http.post("/v1/orders", content=b'{"lines": [', headers=headers)
    refused(response, 400, "malformed-json")
    nothing_written(api, key)


def test_a_body_that_is_no_text_or_not_there(api: Api, shop: Shop) -> None:
    key = uuid.uuid4().hex
    headers = api.headers(f"buyer:{shop.buyer}") | {
        "Idempotency-Key": key,
        "Content-Type": "application/json",
    }
    not_text = api.http.post("/v1/orders", content=b'{"order_id":"\xff\xfe"}', headers=headers)
    refused(not_text, 400, "malformed-json")
    for body in (b"", b"[]", b"null"):
        answer = api.http.post("/v1/orders", content=body, headers=headers)
        refused(answer, 400, "invalid-request")
        assert not answer.json()["detail"].startswith(":")
    nothing_written(api, key)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/orders/a%00b"),
        ("GET", "/v1/orders?status=%00"),
        ("GET", "/v1/audit/streams/%00"),
        ("POST", "/v1/orders/%00/cancel"),
        ("POST", "/v1/listings/%00/stock"),
    ],
)
def test_a_nul_in_the_target_is_refused(api: Api, method: str, path: str) -> None:
    key = uuid.uuid4().hex
    headers = api.headers("operator:t") | {"Idempotency-Key": key}
    answer = api.http.request(method, path, json={"reason": "r"}, headers=headers)
    refused(answer, 400, "invalid-request", "path")
    nothing_written(api, key)


def test_a_body_over_one_mebibyte(api: Api, shop: Shop) -> None:
    key = uuid.uuid4().hex
    body = order(shop, order_id="x" * (1024 * 1024 + 1))
    response = api.post(f"buyer:{shop.buyer}", "/v1/orders", body, key=key)
    refused(response, 413, "request-entity-too-large")
    direct = f"http://127.0.0.1:{api.settings.write_port}/v1/orders"
    headers = api.headers(f"buyer:{shop.buyer}") | {"Idempotency-Key": key}
    for characters in (1024 * 1024 + 1, 128 * 1024 + 1):
        body = order(shop, order_id="x" * characters)
        refused(api.http.post(direct, json=body, headers=headers), 413, "request-entity-too-large")
    nothing_written(api, key)


def test_missing_and_malformed_headers(api: Api, shop: Shop) -> None:
    who = api.headers(f"buyer:{shop.buyer}")
    body = order(shop)
    refused(api.http.post("/v1/orders", json=body, headers=who), 400, "invalid-request")
    too_long = who | {"Idempotency-Key": "k" * 256}
    refused(api.http.post("/v1/orders", json=body, headers=too_long), 400, "invalid-request")
    match = who | {"Idempotency-Key": "k1", "If-Match": '"x"'}
    refused(api.http.post("/v1/orders", json=body, headers=match), 400, "invalid-request")


def test_tokens(api: Api, shop: Shop) -> None:
    body, key = order(shop), uuid.uuid4().hex
    no_token = {"Idempotency-Key": key}
    refused(api.http.post("/v1/orders", json=body, headers=no_token), 401, "unauthenticated")
    forged = no_token | {"Authorization": "Bearer " + api.token("buyer", "b")[:-4] + "AAAA"}
    refused(api.http.post("/v1/orders", json=body, headers=forged), 401, "unauthenticated")
    expired = no_token | {"Authorization": "Bearer " + api.token("buyer", "b", -10)}
    refused(api.http.post("/v1/orders", json=body, headers=expired), 401, "unauthenticated")
    refused(api.post("auditor:a", "/v1/orders", body, key=key), 403, "not-allowed")
    nothing_written(api, key)


def test_unknown_routes_and_methods_are_problems(api: Api) -> None:
    refused(api.http.get("/v1/nothing"), 404, "not-found")
    refused(api.http.delete("/v1/orders"), 405, "method-not-allowed")
