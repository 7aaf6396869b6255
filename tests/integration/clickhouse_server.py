"""The embedded ClickHouse as a process of its own, and clients of it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import clickhouse_connect
import httpx
import pytest

ROOT = Path(__file__).parents[2]
START_SECONDS = 60.0
USER, PASSWORD = "market", "throw-away"
KEYS = {"X-ClickHouse-User": USER, "X-ClickHouse-Key": PASSWORD}
POLL_SECONDS = 0.05


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_until_ready(process: subprocess.Popen[str], port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server left with {process.returncode}"
        try:
            if httpx.get(f"http://127.0.0.1:{port}/ping", timeout=1.0).text == "Ok.\n":
                return
        except httpx.TransportError:
            time.sleep(POLL_SECONDS)
    pytest.fail("the server did not answer in time")


@contextmanager
def serving(folder: Path, password: str = PASSWORD) -> Generator[int]:
    """Run the server on a folder for the length of the block and see it leave cleanly."""
    port = free_port()
    command = [sys.executable, "-m", "deploy.embedded.clickhouse_server"]
    command += ["--data", str(folder), "--port", str(port)]
    account = {"CLICKHOUSE_USER": USER, "CLICKHOUSE_PASSWORD": password}
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | account, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            wait_until_ready(process, port)
            yield port
        finally:
            if process.poll() is None:
                os.kill(process.pid, signal.SIGTERM)
            output, _ = process.communicate(timeout=START_SECONDS)
    assert process.returncode == 0
    assert len(output.splitlines()) == 1


# Any, because half of the client's signatures are not typed.
def connect(port: int, **options: Any) -> Any:
    account = {"username": USER, "password": PASSWORD}
    return clickhouse_connect.get_client(  # pyright: ignore[reportUnknownMemberType]
        host="127.0.0.1", port=port, tz_mode="aware", **(account | options)
    )
