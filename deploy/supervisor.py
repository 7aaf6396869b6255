"""Starts the stack's processes in order, watches them, and stops them by their own pids."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.embedded.part import Part

START_WITHIN_S = 90.0
POLL_S = 0.05
# Threads that only wait for a store need no heaps of their own, and what a large batch took goes
# back to the system.
MALLOC = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}
RESTARTS_MAX = 5
RESTART_PAUSE_S = 1.0


class PartFailed(RuntimeError):
    """A part did not come up; the message names it, its log and the log's last lines."""


class Running:
    def __init__(self, part: Part, process: subprocess.Popen[bytes]) -> None:
        self.part = part
        self.process = process
        self.restarts = 0


class Supervisor:
    def __init__(
        self, logs: Path, report: Callable[[str], None], on_restart: Callable[[], None]
    ) -> None:
        self._logs = logs
        self._report = report
        self._on_restart = on_restart
        self.running: dict[str, Running] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def log_of(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    async def start(self, parts: Sequence[Part]) -> None:
        """Start parts that do not need each other together; return when all are ready."""
        for part in parts:
            self.running[part.name] = Running(part, self._spawn(part))
        await asyncio.gather(*(self._until_ready(self.running[part.name]) for part in parts))

    def _spawn(self, part: Part) -> subprocess.Popen[bytes]:
        environment = _environment(part) | dict(part.environment)
        with self.log_of(part.name).open("ab") as log:
            return subprocess.Popen(
                [*_nice(part), *part.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                user=part.user,
                group=part.user,
                extra_groups=[] if part.user is not None else None,
                cwd=part.cwd,
                # A Ctrl-C in the terminal is ours to pass on, in order.
                start_new_session=True,
            )

    async def _until_ready(self, running: Running) -> None:
        started = time.monotonic()
        while time.monotonic() - started < START_WITHIN_S:
            if running.process.poll() is not None:
                break
            if await asyncio.to_thread(running.part.ready):
                took = time.monotonic() - started
                self._report(f"  {running.part.name:<12} ready in {took:.1f} s")
                return
            await asyncio.sleep(POLL_S)
        raise PartFailed(self._why(running))

    def _why(self, running: Running) -> str:
        log = self.log_of(running.part.name)
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        code = running.process.poll()
        what = "did not become ready" if code is None else f"ended with {code}"
        return f"{running.part.name} {what}. Its log is {log}; the last lines:\n{tail}"

    async def watch(self, stopping: asyncio.Event) -> None:
        """Start again what ends by itself, a few times; raise `PartFailed` after that."""
        while not stopping.is_set():
            for running in self.running.values():
                if running.process.poll() is not None:
                    await self._restart(running)
            try:
                await asyncio.wait_for(stopping.wait(), timeout=0.5)
            except TimeoutError:
                continue

    async def _restart(self, running: Running) -> None:
        running.restarts += 1
        if running.restarts > RESTARTS_MAX:
            raise PartFailed(self._why(running))
        self._report(f"  {running.part.name} ended; starting it again")
        await asyncio.sleep(RESTART_PAUSE_S)
        running.process = self._spawn(running.part)
        self._on_restart()
        await self._until_ready(running)

    async def stop(self) -> None:
        """Stop in the reverse order of starting, each by its own pid."""
        for running in reversed(list(self.running.values())):
            await asyncio.to_thread(_end, running)
        self.running.clear()


def _environment(part: Part) -> dict[str, str]:
    """Ours; a process of another user is read by that user's others, and gets no settings."""
    return {
        name: value
        for name, value in os.environ.items()
        if part.user is None or not name.startswith("MARKET_")
    }


def _nice(part: Part) -> list[str]:
    """A program that becomes the part's own: the pid stays."""
    program = shutil.which("nice") if part.nice else None
    return [program, "-n", str(part.nice)] if program else []


def _end(running: Running) -> None:
    process = running.process
    if process.poll() is None:
        process.send_signal(running.part.stop_signal)
        try:
            process.wait(timeout=running.part.stop_within_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def python(name: str, arguments: Sequence[str], ready: Callable[[], bool]) -> Part:
    """One of our own processes."""
    return Part(
        name=name,
        command=[sys.executable, "-m", "deploy.cli", *arguments],
        environment=MALLOC,
        ready=ready,
        stop_signal=signal.SIGTERM,
    )
