"""The payment sandbox, as a process of its own, seen by a client and a webhook receiver."""

import hashlib
import hmac
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
KEY, WEBHOOK_KEY = "sk_test_1", "whsec_test_1"
PATIENCE = 20.0
NEVER_MS = 3_600_000  # So late that only the control routes bring webhooks forward.


class Receiver(ThreadingHTTPServer):
    """Takes webhooks; answers what is left in `answers`, then 200."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[int] = []
        self.got: list[tuple[dict[str, Any], str, bytes]] = []

    def types(self, object_id: str) -> list[str]:
        return [e["type"] for e, _, _ in self.got if e["data"]["object"]["id"] == object_id]


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((json.loads(raw), self.headers["Sandbox-Signature"], raw))
        self.send_response(self.server.answers.pop(0) if self.server.answers else HTTPStatus.OK)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


class Sandbox:
    """A running sandbox and a client of it."""

    def __init__(self, data: Path, receiver: Receiver) -> None:
        self.receiver = receiver
        hook = f"http://127.0.0.1:{receiver.server_port}/hook"
        options = ["--data", str(data), "--port", "0", "--webhook-url", hook]
        options += ["--webhook-delay-ms", str(NEVER_MS)]
        command = [sys.executable, "-m", "deploy.sandbox", *options]
        secrets = {"SANDBOX_SECRET_KEY": KEY, "SANDBOX_WEBHOOK_SECRET": WEBHOOK_KEY}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | secrets, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        ready = re.search(r"http://\S+", self.process.stdout.readline())
        assert ready is not None
        headers = {"Authorization": f"Bearer {KEY}"}
        self.http = httpx.Client(
            base_url=ready[0], headers=headers, timeout=PATIENCE, trust_env=False
        )

    def stop(self) -> tuple[int, str]:
        """End the process; return its exit status and what else it printed."""
        self.http.close()
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, output

    def post(self, path: str, body: Any, key: str = "", **options: Any) -> httpx.Response:
        headers = {"Idempotency-Key": key or uuid.uuid4().hex}
        return self.http.post(f"/v1/{path}", json=body, headers=headers, **options)

    def made(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.post(path, body)
        assert answer.status_code == HTTPStatus.CREATED, answer.text
        document: dict[str, Any] = answer.json()
        return document

    def now(self, path: str, made: dict[str, Any]) -> dict[str, Any]:
        document: dict[str, Any] = self.http.get(f"/v1/{path}/{made['id']}").json()
        return document

    def control(self, route: str, body: dict[str, Any] | None = None) -> Any:
        answer = self.http.post(f"/_control/{route}", json=body)
        assert answer.status_code == HTTPStatus.OK, answer.text
        return answer.json()

    def events(self, made: dict[str, Any]) -> list[dict[str, Any]]:
        listed = self.http.get("/_control/events").json()["data"]
        return [event for event in listed if event["object"] == made["id"]]


def charge(source: str = "tok_ok", **changes: Any) -> dict[str, Any]:
    body = {"amount_minor": 1000, "currency": "BRL", "source": source, "reference": "o-1"}
    return body | changes


def payout(destination: str = "dest_ok") -> dict[str, Any]:
    return {"amount_minor": 700, "currency": "BRL", "destination": destination, "reference": "p-1"}


def refund(of: dict[str, Any], amount: int = 400) -> dict[str, Any]:
    return {"charge": of["id"], "amount_minor": amount, "reference": "r-1"}


def eventually(seen: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not seen():
        assert time.monotonic() < end, "did not happen in time"
        threading.Event().wait(0.01)


@contextmanager
def started(data: Path, receiver: Receiver) -> Generator[Sandbox]:
    """Run a sandbox; it must end cleanly, even with answers that are still held back."""
    sandbox = Sandbox(data, receiver)
    try:
        yield sandbox
    finally:
        ended = sandbox.stop()
    assert ended == (0, "")


@pytest.fixture(scope="module")
def receiver() -> Generator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Generator[Sandbox]:
    with started(tmp_path_factory.mktemp("sandbox"), receiver) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.receiver.answers.clear()
    running.control("settings", {"webhook_delay_ms": NEVER_MS, "hold_ms": 30_000, "paused": False})
    running.control("deliver")
    running.receiver.got.clear()
    return running


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
