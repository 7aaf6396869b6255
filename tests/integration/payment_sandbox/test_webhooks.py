"""The sandbox's webhooks: signed, tried again, paused and sent once more."""

import hashlib
import hmac
import re
import time
from http import HTTPStatus

from tests.integration.payment_sandbox.sandbox_process import (
    PATIENCE,
    WEBHOOK_KEY,
    Sandbox,
    charge,
    eventually,
)


def test_webhooks_are_signed(sandbox: Sandbox) -> None:
    sandbox.made("charges", charge())
    sandbox.control("deliver")
    (event, signature, raw) = sandbox.receiver.got[0]
    assert set(event) == {"id", "type", "created", "data"}
    parts = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", signature)
    assert parts is not None
    signed = parts[1].encode() + b"." + raw
    assert hmac.new(WEBHOOK_KEY.encode(), signed, hashlib.sha256).hexdigest() == parts[2]
    assert abs(int(parts[1]) - time.time()) < PATIENCE


def test_automatic_delivery_retries(sandbox: Sandbox) -> None:
    sandbox.receiver.answers += [500, 302]
    sandbox.control("settings", {"webhook_delay_ms": 0})
    made = sandbox.made("charges", charge("tok_twice"))
    eventually(lambda: sandbox.events(made)[0]["state"] == "delivered")
    (event,) = sandbox.events(made)
    assert [a["status"] for a in event["attempts"]] == [500, 302, 200, 200]
    times = [a["at"] for a in event["attempts"]]
    assert times[1] - times[0] >= 0.2
    assert times[2] - times[1] >= 0.4


def test_back_off_and_giving_up(sandbox: Sandbox) -> None:
    sandbox.control("settings", {"paused": True})
    made = sandbox.made("charges", charge())
    for number in range(20):
        sandbox.receiver.answers.append(HTTPStatus.INTERNAL_SERVER_ERROR)
        assert sandbox.control("deliver") == {"delivered": 0, "failed": 1}
        (event,) = sandbox.events(made)
        if event["state"] == "pending":
            wait = event["next_attempt_at"] - event["attempts"][-1]["at"]
            assert min(0.2 * 2**number, 5.0) <= wait < min(0.2 * 2**number, 5.0) + PATIENCE
    (event,) = sandbox.events(made)
    assert (event["state"], len(event["attempts"])) == ("given_up", 20)
    assert sandbox.control("deliver") == {"delivered": 0, "failed": 0}
    assert sandbox.control(f"resend/{event['id']}") == {"delivered": 1, "failed": 0}
    assert sandbox.events(made)[0]["state"] == "delivered"


def test_pause_and_resend(sandbox: Sandbox) -> None:
    settings = sandbox.control("settings", {"paused": True, "webhook_delay_ms": 0})
    assert settings == {"webhook_delay_ms": 0, "hold_ms": 30_000, "paused": True}
    made = sandbox.made("charges", charge("tok_async"))
    # The outcome does not wait for its webhook: this is what a look-up is for.
    eventually(lambda: sandbox.now("charges", made)["status"] == "succeeded")
    assert sandbox.receiver.got == []
    sandbox.control("settings", {"paused": False})
    eventually(lambda: sandbox.events(made)[0]["state"] == "delivered")
    event_id = sandbox.events(made)[0]["id"]
    assert sandbox.control(f"resend/{event_id}") == {"delivered": 1, "failed": 0}
    (first, second) = sandbox.receiver.got
    assert first[2] == second[2]
    unknown = sandbox.http.post("/_control/resend/evt_0")
    assert unknown.status_code == HTTPStatus.NOT_FOUND
    wrong = sandbox.http.post("/_control/settings", json={"hold_ms": -1})
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "hold_ms")
