"""The bus carries the log in order and once, whatever happens to the relays."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from typing import Any

from eventstore import bus
from tests.conftest import ROOT, Api


def register(api: Api, count: int) -> None:
    for _ in range(count):
        body = {"seller_id": uuid.uuid4().hex, "name": "n", "currency": "EUR"}
        api.ok("operator:t", "/v1/sellers", body)


def messages(api: Api) -> list[tuple[int, str, dict[str, Any]]]:
    """Position, subject and state of every message, in the order of the stream."""

    async def read() -> list[tuple[int, str, dict[str, Any]]]:
        client = await bus.connect(api.settings.nats_url, "test")
        try:
            jetstream = client.jetstream()
            last = (await jetstream.stream_info(bus.STREAM)).state.last_seq
            found = []
            for sequence in range(1, last + 1):
                message = await jetstream.get_msg(bus.STREAM, seq=sequence)
                assert message.headers is not None
                position = int(message.headers[bus.POSITION])
                found.append((position, message.subject, json.loads(message.data or b"{}")))
            return found
        finally:
            await client.close()

    return asyncio.run(read())


def test_two_relays_publish_every_event_once_and_in_order(api: Api) -> None:
    command = [sys.executable, "-m", "deploy.cli", "relay", "--data", str(api.stack.data)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    other = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        register(api, 5)
        os.kill(api.stack.pid("relay"), signal.SIGKILL)
        register(api, 20)
        head = int(api.sql("SELECT position FROM log_head")[0][0])
        deadline = time.monotonic() + 30
        while len(seen := messages(api)) < head:
            assert time.monotonic() < deadline, (len(seen), head)
    finally:
        other.terminate()
        other.wait()
    positions = [position for position, _, _ in seen]
    assert positions == list(range(1, len(positions) + 1))
    _, subject, state = seen[-1]
    assert subject == "events.seller.registered"
    assert state["data"]["type"] == "seller.registered.v2"
