"""The sandbox adapter against the sandbox server, and its own ways to fail."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
import pytest

from commands.outside.payments.sandbox import SandboxProvider
from commands.outside.port import (
    DeliveryMalformed,
    DeliveryTooOld,
    OutcomeUnknown,
    Pending,
    Report,
    SignatureInvalid,
    Unreachable,
)
from deploy.sandbox.signature import sign
from eventstore.values import Money
from tests.contract.payment_provider import PaymentProviderContract, Run
from tests.contract.sources import Sources

SECRET = "whsec_test"
NOW = datetime(2026, 5, 4, tzinfo=UTC)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "deploy.sandbox", "--port", str(port)]
    command += ["--data", str(tmp_path_factory.mktemp("sandbox"))]
    command += ["--smtp-port", "0", "--webhook-url", "http://127.0.0.1:9/"]
    process = subprocess.Popen(
        command,
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ | {"SANDBOX_SECRET_KEY": "sk", "SANDBOX_WEBHOOK_SECRET": SECRET},
        stdout=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 30
    while True:
        try:
            httpx.get(f"{url}/ping", timeout=1)
            break
        except httpx.TransportError:
            assert time.monotonic() < deadline
    httpx.post(
        f"{url}/_control/settings",
        json={"hold_ms": 1500, "paused": True},
        headers={"Authorization": "Bearer sk"},
    ).raise_for_status()
    yield url
    process.terminate()
    process.wait()


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


@pytest.fixture
def run(loop: asyncio.AbstractEventLoop) -> Run:
    return loop.run_until_complete


@pytest.fixture
def provider(server: str, loop: asyncio.AbstractEventLoop) -> Iterator[SandboxProvider]:
    client = httpx.AsyncClient(base_url=server, headers={"Authorization": "Bearer sk"}, timeout=0.5)
    yield SandboxProvider(client, SECRET)
    loop.run_until_complete(client.aclose())


@pytest.fixture
def sources() -> Sources:
    return Sources(succeeds="tok_ok", is_declined="tok_declined")


@pytest.fixture
def key() -> str:
    return uuid.uuid4().hex


class TestSandboxProvider(PaymentProviderContract):
    def test_silence_is_an_unknown_outcome(
        self, provider: SandboxProvider, run: Run, key: str
    ) -> None:
        with pytest.raises(OutcomeUnknown):
            run(provider.execute(self.call(key, "tok_timeout")))
        assert run(provider.find(self.call(key, "tok_timeout"))) is not None

    def test_an_asynchronous_charge_is_pending(
        self, provider: SandboxProvider, run: Run, key: str
    ) -> None:
        assert isinstance(run(provider.execute(self.call(key, "tok_async"))), Pending)

    def test_a_server_that_refuses_for_now_is_unreachable(
        self, provider: SandboxProvider, run: Run, key: str
    ) -> None:
        with pytest.raises(Unreachable):
            run(provider.execute(self.call(key, "tok_unavailable")))

    def test_no_server_is_unreachable(self, run: Run, key: str) -> None:
        client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{free_port()}")
        alone = SandboxProvider(client, SECRET)
        with pytest.raises(Unreachable):
            run(alone.execute(self.call(key, "tok_ok")))
        with pytest.raises(Unreachable):
            run(alone.find(self.call(key, "tok_ok")))
        run(client.aclose())


def test_deliveries_are_verified_over_the_raw_bytes(provider: SandboxProvider) -> None:
    subject = {"id": "ch_1", "object": "charge", "status": "succeeded", "reference": "p1"}
    event = {"id": "evt_1", "type": "charge.succeeded", "data": {"object": subject}}
    body = json.dumps(event).encode()
    at = int(NOW.timestamp())

    def opened(payload: bytes, signature: str) -> object:
        return provider.open_delivery(payload, {"sandbox-signature": signature}, NOW)

    delivery = provider.open_delivery(body, {"sandbox-signature": sign(body, SECRET, at)}, NOW)
    assert (delivery.external_id, delivery.kind, delivery.key) == ("evt_1", "charge", "p1")
    odd = ("t=1,v1=\u00e9", "t=\u0661,v1=00", f"t={'9' * 400},v1=00")
    for signature in ("", "t=1", "v1=abc", sign(body, "other", at), f"t=x,v1={'0' * 64}", *odd):
        with pytest.raises(SignatureInvalid):
            opened(body, signature)
    with pytest.raises(SignatureInvalid):
        opened(body + b" ", sign(body, SECRET, at))
    with pytest.raises(DeliveryTooOld):
        opened(body, sign(body, SECRET, at - 301))
    with pytest.raises(DeliveryMalformed):
        opened(b"[]", sign(b"[]", SECRET, at))


DISPUTE = {
    "id": "evt_9",
    "type": "dispute.opened",
    "created_at": "2026-05-01T10:00:00Z",
    "data": {
        "object": {
            "object": "dispute",
            "id": "dp_1",
            "charge": "ch_1",
            "amount_minor": 500,
            "currency": "EUR",
        }
    },
}


def test_a_delivery_about_no_call_of_ours_is_a_report(provider: SandboxProvider) -> None:
    assert provider.read_delivery(json.dumps(DISPUTE).encode()) == Report(
        external_id="evt_9",
        kind="dispute.opened",
        object_id="dp_1",
        concerns="ch_1",
        amount=Money(500, "EUR"),
        happened_at=datetime(2026, 5, 1, 10, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    "spoilt", [{"charge": ""}, {"amount_minor": -1}, {"amount_minor": 2**64}, {"currency": "euro"}]
)
def test_a_report_that_does_not_say_what_it_must_is_malformed(
    provider: SandboxProvider, spoilt: dict[str, object]
) -> None:
    body = msgspec.json.decode(msgspec.json.encode(DISPUTE))
    body["data"]["object"] |= spoilt
    with pytest.raises(DeliveryMalformed):
        provider.read_delivery(msgspec.json.encode(body))
