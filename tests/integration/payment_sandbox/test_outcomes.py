"""How charges, refunds and payouts of the sandbox go, by their tokens."""

import re
import uuid
from http import HTTPStatus
from typing import Any

import pytest

from tests.integration.payment_sandbox.sandbox_process import Sandbox, charge, payout, refund


@pytest.mark.parametrize(
    ("path", "body"), [("charges", charge("tok_declined")), ("payouts", payout("dest_declined"))]
)
def test_declined(sandbox: Sandbox, path: str, body: dict[str, Any]) -> None:
    answer = sandbox.post(path, body)
    assert answer.status_code == HTTPStatus.PAYMENT_REQUIRED
    error, made = answer.json()["error"], answer.json()["object"]
    assert error["code"] == made["failure_code"] == "insufficient_funds"
    assert error["type"] == {"charges": "card_declined", "payouts": "payout_declined"}[path]
    assert made["status"] == sandbox.now(path, made)["status"] == "failed"


@pytest.mark.parametrize(
    ("path", "body", "first", "told", "last"),
    [
        ("charges", charge(), "succeeded", ["charge.succeeded"], "succeeded"),
        ("charges", charge("tok_async"), "pending", ["charge.succeeded"], "succeeded"),
        ("charges", charge("tok_async_declined"), "pending", ["charge.failed"], "failed"),
        ("charges", charge("tok_twice"), "pending", ["charge.succeeded"] * 2, "succeeded"),
        (
            "charges",
            charge("tok_out_of_order"),
            "pending",
            ["charge.succeeded", "charge.pending"],
            "succeeded",
        ),
        (
            "charges",
            charge("tok_late_failure"),
            "succeeded",
            ["charge.succeeded", "charge.failed"],
            "failed",
        ),
        ("payouts", payout(), "paid", ["payout.paid"], "paid"),
        ("payouts", payout("dest_async"), "pending", ["payout.paid"], "paid"),
        (
            "payouts",
            payout("dest_late_failure"),
            "paid",
            ["payout.paid", "payout.failed"],
            "failed",
        ),
    ],
)
def test_course(
    sandbox: Sandbox, path: str, body: dict[str, Any], first: str, told: list[str], last: str
) -> None:
    made = sandbox.made(path, body)
    assert made["status"] == sandbox.now(path, made)["status"] == first
    assert sandbox.receiver.types(made["id"]) == []
    assert sandbox.control("deliver") == {"delivered": len(told), "failed": 0}
    assert sandbox.receiver.types(made["id"]) == told
    after = sandbox.now(path, made)
    assert after["status"] == last
    assert (after["failure_code"] is not None) == (last == "failed")
    for event, _, _ in sandbox.receiver.got:
        assert event["type"].endswith("." + event["data"]["object"]["status"])
    # What comes twice is one event, so that its id tells the receiver.
    ids = {event["id"] for event, _, _ in sandbox.receiver.got}
    assert len(ids) == len(set(told))
    assert sandbox.control("deliver") == {"delivered": 0, "failed": 0}


@pytest.mark.parametrize(
    ("source", "first", "last"),
    [
        ("tok_ok", "succeeded", "succeeded"),
        ("tok_refund_async", "pending", "succeeded"),
        ("tok_refund_declined", "pending", "failed"),
    ],
)
def test_refunds(sandbox: Sandbox, source: str, first: str, last: str) -> None:
    paid = sandbox.made("charges", charge(source))
    assert paid["status"] == "succeeded"
    key = uuid.uuid4().hex
    made = sandbox.post("refunds", refund(paid, 600), key).json()
    assert re.fullmatch(r"re_[0-9a-f]+", made["id"])
    kept = {"id": made["id"], "object": "refund", "status": first, "failure_code": None}
    assert made == refund(paid, 600) | kept
    over = sandbox.post("refunds", refund(paid, 401))
    assert (over.status_code, over.json()["error"]["type"]) == (422, "amount_too_large")
    again = sandbox.post("refunds", refund(paid, 600), key)
    assert again.json() == made
    assert again.headers["Idempotent-Replayed"] == "true"
    sandbox.control("deliver")
    assert sandbox.receiver.types(made["id"]) == [f"refund.{last}"]
    assert sandbox.now("refunds", made)["status"] == last
    refunded = 600 if last == "succeeded" else 0
    assert sandbox.now("charges", paid)["refunded_minor"] == refunded
    # A refund that failed makes room again.
    sandbox.made("refunds", refund(paid, 1000 - refunded))


def test_refunds_refused(sandbox: Sandbox) -> None:
    pending = sandbox.made("charges", charge("tok_async"))
    answer = sandbox.post("refunds", refund(pending))
    assert (answer.status_code, answer.json()["error"]["type"]) == (422, "charge_not_refundable")
    answer = sandbox.post("refunds", refund({"id": "ch_0"}))
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found")
