"""One server of the embedded stack alone, in a throw-away folder of one test module's own."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from deploy.embedded import ports
from deploy.embedded.part import Part

READY_WITHIN_S = 60.0
POLL_S = 0.05


class PartServer:
    """`stop` and `start` again keep port and data."""

    def __init__(self, part_of: Callable[[Path, int], Part]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="market-test-", dir="/tmp"))
        self._folder.chmod(0o755)  # PostgreSQL runs as a user who is not root
        self.port = ports.pick(None, set())
        self._part = part_of(self._folder, self.port)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        part = self._part
        self._process = subprocess.Popen(
            part.command,
            user=part.user,
            group=part.user,
            extra_groups=[] if part.user is not None else None,
            cwd=part.cwd,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until = time.monotonic() + READY_WITHIN_S
        while not part.ready():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the embedded {part.name} did not start")
            time.sleep(POLL_S)

    def stop(self) -> None:
        """In the part's own way: PostgreSQL ends its sessions, data is kept."""
        if self._process is not None:
            self._process.send_signal(self._part.stop_signal)
            self._process.wait(self._part.stop_within_s)
            self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
