"""Answers of the sandbox that come late or never, and a sandbox that is started again."""

import time
import uuid
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.payment_sandbox.sandbox_process import (
    Receiver,
    Sandbox,
    charge,
    eventually,
    payout,
    refund,
    started,
)


@pytest.mark.parametrize("path", ["charges", "payouts", "refunds"])
def test_answer_held_back(sandbox: Sandbox, path: str) -> None:
    body = {
        "charges": charge("tok_timeout"),
        "payouts": payout("dest_timeout"),
        "refunds": refund(sandbox.made("charges", charge("tok_refund_timeout"))),
    }[path]
    key = uuid.uuid4().hex
    with pytest.raises(httpx.ReadTimeout):
        sandbox.post(path, body, key, timeout=0.5)
    look_up = f"/v1/{path}?idempotency_key={key}"
    eventually(lambda: sandbox.http.get(look_up).is_success)
    replay = sandbox.post(path, body, key)
    assert replay.status_code == HTTPStatus.CREATED
    assert replay.headers["Idempotent-Replayed"] == "true"
    assert replay.json() == sandbox.http.get(look_up).json()
    assert replay.json()["status"] == ("paid" if path == "payouts" else "succeeded")


def test_answer_comes_after_holding(sandbox: Sandbox) -> None:
    sandbox.control("settings", {"hold_ms": 200})
    started = time.monotonic()
    assert sandbox.made("charges", charge("tok_timeout"))["status"] == "succeeded"
    assert time.monotonic() - started >= 0.2


def test_request_lost(sandbox: Sandbox) -> None:
    key = uuid.uuid4().hex
    sandbox.control("settings", {"hold_ms": 1})
    lost = sandbox.post("charges", charge("tok_timeout_lost"), key)
    assert lost.status_code == HTTPStatus.GATEWAY_TIMEOUT
    look_up = sandbox.http.get("/v1/charges", params={"idempotency_key": key})
    assert look_up.status_code == HTTPStatus.NOT_FOUND
    retried = sandbox.post("charges", charge("tok_timeout_lost"), key)
    assert retried.status_code == HTTPStatus.CREATED
    assert "Idempotent-Replayed" not in retried.headers


@pytest.mark.parametrize(
    ("path", "body"),
    [("charges", charge("tok_unavailable")), ("payouts", payout("dest_unavailable"))],
)
def test_unavailable_twice(sandbox: Sandbox, path: str, body: dict[str, Any]) -> None:
    key = uuid.uuid4().hex
    answers = [sandbox.post(path, body, key).status_code for _ in range(4)]
    assert answers == [503, 503, 201, 201]


def test_restart_continues(tmp_path: Path, receiver: Receiver) -> None:
    with started(tmp_path, receiver) as before:
        first = before.post("charges", charge("tok_async"), "k")
        assert before.post("charges", charge("tok_unavailable"), "u").status_code == 503
    made = first.json()
    with started(tmp_path, receiver) as after:
        assert after.now("charges", made) == made
        again = after.post("charges", charge("tok_async"), "k")
        assert again.content == first.content
        assert again.headers["Idempotent-Replayed"] == "true"
        tries = [after.post("charges", charge("tok_unavailable"), "u").status_code for _ in "12"]
        assert tries == [503, 201]
        after.control("deliver")
        assert receiver.types(made["id"]) == ["charge.succeeded"]
        assert after.now("charges", made)["status"] == "succeeded"
    assert [path.name for path in tmp_path.iterdir()] == ["sandbox.sqlite3"]
