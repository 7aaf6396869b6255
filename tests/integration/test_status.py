"""status answers within a second, with what is known, whoever hangs or is gone."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.cli import main
from deploy.stack_state import RunningPart, StackFolder, StackState
from tests.conftest import ROOT

WITHIN_S = 1.0
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture(autouse=True)
def no_market_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MARKET_DATABASE_URL", raising=False)


@pytest.fixture
def sleeper() -> Iterator[int]:
    process = subprocess.Popen(SLEEP)
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Somebody accepts there and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield int(listener.getsockname()[1])


def status(folder: StackFolder, capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    started = time.monotonic()
    assert main(["status", "--json", "--data", str(folder.data)]) == 0
    assert time.monotonic() - started < WITHIN_S
    return dict(json.loads(capsys.readouterr().out))


def test_servers_that_hang_do_not_hold_the_answer_up(
    tmp_path: Path, sleeper: int, silent_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = StackFolder(tmp_path)
    folder.create()
    runs = RunningPart(sleeper, SLEEP, 15)
    restarting = RunningPart(2**22 - 1, SLEEP, 15, "restarting", 4, "ended with 1; starts again")
    names = ("write", "read", "gateway", "clickhouse", "postgres", "relay", "projectors")
    folder.keep_state(
        StackState(
            pid=os.getpid(),
            environment={"MARKET_DATABASE_URL": f"postgresql://u@127.0.0.1:{silent_port}/d"},
            parts=dict.fromkeys(names, runs) | {"nats": restarting},
            ports=dict.fromkeys(names, silent_port),
        )
    )
    folder.waits("relay").write_text("nats (ConnectionRefusedError)")
    seen = status(folder, capsys)
    assert (seen["log_position"], seen["read_models"], seen["healthy"]) == (None, [], False)
    parts = seen["parts"]
    assert isinstance(parts, dict)
    found = {name: (part["state"], part["waits_for"]) for name, part in parts.items()}
    assert found == {
        **dict.fromkeys(("write", "read", "gateway", "clickhouse"), ("waiting", "does not answer")),
        "postgres": ("running", ""),
        "projectors": ("running", ""),
        "relay": ("waiting", "nats (ConnectionRefusedError)"),
        "nats": ("restarting", "ended with 1; starts again"),
    }


def test_parts_that_nobody_watches_are_told_and_ended_by_down(
    tmp_path: Path, sleeper: int, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = StackFolder(tmp_path)
    folder.create()
    parts = {"relay": RunningPart(sleeper, SLEEP, 15)}
    # The pid of the stack that is gone is somebody else's now: ours.
    folder.keep_state(StackState(pid=os.getpid(), environment={}, parts=parts, ports={}))
    assert main(["status", "--data", str(tmp_path)]) == 0
    assert "Nobody watches these parts" in capsys.readouterr().out
    assert main(["down", "--data", str(tmp_path)]) == 0
    assert "leftovers: relay" in capsys.readouterr().out
    assert folder.state() is None


def test_it_loads_little(tmp_path: Path) -> None:
    """What takes long to load is for other commands: the machine may be busy."""
    code = (
        "import sys; from deploy.cli import main; main(['status', '--data', sys.argv[1]]);"
        "print([n for n in ('litestar', 'httpx', 'meilisearch', 'dramatiq') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
