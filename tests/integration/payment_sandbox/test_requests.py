"""What the sandbox takes, refuses and answers once more."""

import re
import time
import uuid
from http import HTTPStatus
from typing import Any

import httpx
import pytest

from tests.integration.payment_sandbox.sandbox_process import PATIENCE, Sandbox, charge, payout


def test_only_ping_is_open(sandbox: Sandbox) -> None:
    bare = {"Authorization": "Bearer wrong"}
    assert httpx.get(sandbox.http.base_url.join("/ping"), trust_env=False).is_success
    for path in ("/v1/charges/ch_1", "/v1/payouts?idempotency_key=k", "/_control/events"):
        answer = sandbox.http.get(path, headers=bare)
        assert answer.status_code == HTTPStatus.UNAUTHORIZED
        assert answer.json()["error"]["type"] == "authentication_error"
    lost = sandbox.http.get("/nowhere")
    assert (lost.status_code, lost.json()["error"]["type"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("charges", charge(amount_minor=0), "amount_minor"),
        ("charges", charge(amount_minor=True), "amount_minor"),
        ("charges", charge(amount_minor="5"), "amount_minor"),
        ("charges", charge(currency="BRL\n"), "currency"),
        ("charges", charge(reference=""), "reference"),
        ("charges", charge(more=1), "more"),
        ("charges", charge("tok_nope"), "source"),
        ("payouts", payout("tok_ok"), "destination"),
        ("refunds", {"charge": "ch_1", "reference": "r"}, "amount_minor"),
        ("charges", [1], None),
    ],
)
def test_wrong_bodies(sandbox: Sandbox, path: str, body: Any, param: str | None) -> None:
    key = uuid.uuid4().hex
    answer = sandbox.post(path, body, key)
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["error"]["type"] == "invalid_request"
    assert answer.json()["error"]["param"] == param
    # A failed validation does not use up the key.
    assert sandbox.post("charges", charge(), key).status_code == HTTPStatus.CREATED


@pytest.mark.parametrize("raw", [b"{", b"", b"\xff", b'{"reference":"\\ud800"}', b"[" * 100_000])
def test_malformed_json(sandbox: Sandbox, raw: bytes) -> None:
    answer = sandbox.http.post("/v1/charges", content=raw, headers={"Idempotency-Key": "m"})
    assert answer.status_code == HTTPStatus.BAD_REQUEST
    assert answer.json()["error"]["type"] == "invalid_request"


def test_idempotency(sandbox: Sandbox) -> None:
    missing = sandbox.http.post("/v1/charges", json=charge())
    assert (missing.status_code, missing.json()["error"]["type"]) == (
        HTTPStatus.BAD_REQUEST,
        "idempotency_key_missing",
    )
    for source, status in (("tok_async", HTTPStatus.CREATED), ("tok_declined", 402)):
        key = uuid.uuid4().hex
        first = sandbox.post("charges", charge(source), key)
        sandbox.control("deliver")  # The replay shows the first answer, not the present state.
        again = sandbox.post("charges", charge(source), key)
        assert (first.status_code, again.status_code) == (status, status)
        assert first.content == again.content
        assert "Idempotent-Replayed" not in first.headers
        assert again.headers["Idempotent-Replayed"] == "true"
        other = sandbox.post("charges", charge(source, amount_minor=1), key)
        assert other.status_code == HTTPStatus.CONFLICT
        assert other.json()["error"]["type"] == "idempotency_conflict"
        assert sandbox.post("payouts", payout(), key).status_code == HTTPStatus.CREATED


def test_shapes_and_look_up(sandbox: Sandbox) -> None:
    key = uuid.uuid4().hex
    made = sandbox.post("charges", charge(), key).json()
    assert re.fullmatch(r"ch_[0-9a-f]+", made.pop("id"))
    assert abs(made.pop("created") - time.time()) < PATIENCE
    kept = {"object": "charge", "status": "succeeded", "refunded_minor": 0, "failure_code": None}
    assert made == charge() | kept
    found = sandbox.http.get("/v1/charges", params={"idempotency_key": key}).json()
    assert found == sandbox.now("charges", found)
    for path in ("charges/ch_0", f"payouts/{found['id']}", f"payouts?idempotency_key={key}"):
        answer = sandbox.http.get(f"/v1/{path}")
        assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found")
    assert sandbox.http.get("/v1/charges").json()["error"]["param"] == "idempotency_key"
