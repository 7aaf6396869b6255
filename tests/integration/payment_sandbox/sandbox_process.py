"""The payment sandbox as a process of its own, a client of it and a receiver of its webhooks."""

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

ROOT = Path(__file__).resolve().parents[3]
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
        options = ["--data", str(data), "--port", "0", "--smtp-port", "0", "--webhook-url", hook]
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
