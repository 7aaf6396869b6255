"""One server of the embedded stack alone, in a throw-away folder of one test module's own."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from deploy.embedded import ports
from deploy.embedded.part import Part

READY_WITHIN_S = 30.0
POLL_S = 0.05


class PartServer:
    """`stop` and `start` again keep port and data."""

    def __init__(self, part_of: Callable[[Path, int], Part]) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="market-test-", dir="/tmp"))
        self.port = ports.pick(None, set())
        self._part = part_of(self._folder, self.port)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._part.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + READY_WITHIN_S
        while not self._part.ready():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the embedded {self._part.name} did not start")
            time.sleep(POLL_S)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(self._part.stop_signal)
            self._process.wait(self._part.stop_within_s)
            self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)
