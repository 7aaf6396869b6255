"""One sandbox and one receiver of webhooks for the tests of a file."""

import threading
from collections.abc import Generator

import pytest

from tests.integration.payment_sandbox.sandbox_process import NEVER_MS, Receiver, Sandbox, started


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
