"""What a data folder remembers of its stack: secrets, ports, and what is running."""

import fcntl
import json
import os
import secrets
import signal
import time
from pathlib import Path
from typing import IO

import msgspec

from deploy.private_files import private_folder, tighten, write_private

SECRET_NAMES = (
    "postgres",
    "nats",
    "valkey",
    "clickhouse",
    "meilisearch",
    "s3_access",
    "s3_secret",
    "sandbox_secret_key",
    "sandbox_webhook",
    "edge",
    "master_key",
    "account",
)
END_WITHIN_S = 20.0


class RunningPart(msgspec.Struct, frozen=True):
    """`program` tells a process of ours from a stranger that got its pid later.

    `state` is starting, running or restarting, and `note` why it does not run.
    """

    pid: int
    program: list[str]
    stop_signal: int
    state: str = "running"
    restarts: int = 0
    note: str = ""


class StackState(msgspec.Struct, frozen=True, kw_only=True):
    """Written from the start on, at every change; removed when the stack has stopped.

    `versions` are those of the read models in the build that runs.
    """

    pid: int
    environment: dict[str, str]
    parts: dict[str, RunningPart]
    ports: dict[str, int]
    versions: dict[str, int] = {}


class StackFolder:
    def __init__(self, data: Path) -> None:
        self.data = data
        self.run = data / "run"
        self.logs = data / "logs"
        self._state = self.run / "stack.json"
        self._ports = self.run / "ports.json"
        self._secrets = data / "secrets.json"
        self._keys = data / "keys"

    def create(self) -> None:
        """Everything that holds a secret is its owner's alone, also where it was not before."""
        self.data.mkdir(parents=True, exist_ok=True)
        for folder in (self.run, self.logs, self._keys):
            private_folder(folder)
        for file in (self._secrets, self._state, self._keys / "token.private.pem"):
            tighten(file)

    def secrets(self) -> dict[str, str]:
        """Drawn once, kept readable for the owner only."""
        known: dict[str, str] = {}
        if self._secrets.exists():
            known = json.loads(self._secrets.read_text())
        missing = [name for name in SECRET_NAMES if name not in known]
        if missing:
            known |= {name: secrets.token_hex(16) for name in missing}
            write_private(self._secrets, json.dumps(known))
        return known

    def ports(self) -> dict[str, int]:
        return dict(json.loads(self._ports.read_text())) if self._ports.exists() else {}

    def keep_ports(self, ports: dict[str, int]) -> None:
        self._ports.write_text(json.dumps(ports))

    def lock(self) -> IO[str] | None:
        """Held by the one stack of the folder as long as the file is open; None if it is taken."""
        file = (self.run / "lock").open("w")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        return file

    def is_watched(self) -> bool:
        """Whether a stack runs that watches its parts: a pid alone may be a stranger's by now."""
        if not (self.run / "lock").exists():
            return False
        file = self.lock()
        if file is not None:
            file.close()
        return file is None

    def state(self) -> StackState | None:
        """None when nothing runs, or a machine that lost its power has lost the file's contents."""
        if not self._state.exists():
            return None
        try:
            return msgspec.json.decode(self._state.read_bytes(), type=StackState)
        except msgspec.DecodeError:
            return None

    def waits(self, name: str) -> Path:
        """Where a part without a port says what it waits for."""
        return self.run / f"{name}.waits"

    def keep_state(self, state: StackState) -> None:
        write_private(self._state, msgspec.json.encode(state))

    def forget_state(self) -> None:
        self._state.unlink(missing_ok=True)

    def end_leftovers(self) -> list[str]:
        """End, by their pids, parts whose supervisor died before it could; their names."""
        state = self.state()
        if state is None:
            return []
        left = {name: part for name, part in state.parts.items() if is_ours(part)}
        for part in left.values():
            os.kill(part.pid, part.stop_signal)
        deadline = time.monotonic() + END_WITHIN_S
        while any(is_ours(part) for part in left.values()) and time.monotonic() < deadline:
            time.sleep(0.1)
        for part in left.values():
            if is_ours(part):
                os.kill(part.pid, signal.SIGKILL)
        self.forget_state()
        return list(left)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return True


def is_ours(part: RunningPart) -> bool:
    """Whether the pid still belongs to the program that we started under it."""
    if not is_alive(part.pid):
        return False
    try:
        words = Path(f"/proc/{part.pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    if all(word.encode() in words for word in part.program[-2:]):
        return True
    # Some servers rewrite their command line; their file is still the one we started.
    program = words[0].decode(errors="replace").split(" ")[0]
    return Path(program).name == Path(part.program[0]).name
