"""Starts the stack's processes in order, keeps each up, and stops them by their own pids."""

import asyncio
import contextlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from deploy.embedded.part import Part
from deploy.restarts import Ends

START_WITHIN_S = 90.0
POLL_S = 0.05
LOOK_S = 0.2
KILLED = "it was killed"
# Threads that only wait for a store need no heaps of their own, and what a large batch took goes
# back to the system.
MALLOC = {
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}

log = logging.getLogger(__name__)

type State = Literal["starting", "running", "restarting"]


class PartFailed(RuntimeError):
    """A part did not come up; the message names it, its log and the log's last lines."""


class Running:
    """A part and its present process; `note` says why it does not run."""

    def __init__(self, part: Part, process: subprocess.Popen[bytes]) -> None:
        self.part = part
        self.process = process
        self.ends = Ends()
        self.restarts = 0
        self.ready_at: float | None = None
        self.state: State = "starting"
        self.note = ""


class Supervisor:
    """`on_change` is told whenever a part has another process or another state."""

    def __init__(
        self, logs: Path, report: Callable[[str], None], on_change: Callable[[], None]
    ) -> None:
        self._logs = logs
        self._say = report
        self._on_change = on_change
        self.running: dict[str, Running] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def _report(self, line: str) -> None:
        """A terminal that has gone, or a full disk, is no reason to stop."""
        with contextlib.suppress(OSError):
            self._say(line)

    def log_of(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    async def start(self, parts: Sequence[Part]) -> None:
        """Start parts that do not need each other together; return when all are ready.

        Raises `PartFailed` for one that cannot start: somebody is looking who can mend it.
        """
        for part in parts:
            self.running[part.name] = Running(part, self._spawn(part))
        self._on_change()
        await asyncio.gather(*(self._until_ready(self.running[part.name]) for part in parts))
        self._on_change()

    def _spawn(self, part: Part) -> subprocess.Popen[bytes]:
        environment = _environment() | dict(part.environment)
        if part.ready_file is not None:
            part.ready_file.unlink(missing_ok=True)
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
        try:
            async with asyncio.timeout(START_WITHIN_S):
                ready = await self._becomes_ready(running)
        except TimeoutError:
            ready = False
        if not ready:
            raise PartFailed(self._why(running))

    async def _becomes_ready(self, running: Running) -> bool:
        """However long it takes; False when its process has ended."""
        started = time.monotonic()
        while running.process.poll() is None:
            if await _is_ready(running.part):
                took = time.monotonic() - started
                running.state, running.note = "running", ""
                running.ready_at = time.monotonic()
                self._report(f"  {running.part.name:<12} ready in {took:.1f} s")
                return True
            await asyncio.sleep(POLL_S)
        return False

    def _why(self, running: Running) -> str:
        log = self.log_of(running.part.name)
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        code = running.process.poll()
        what = "did not become ready" if code is None else f"ended with {code}"
        return f"{running.part.name} {what}. Its log is {log}; the last lines:\n{tail}"

    async def watch(self, stopping: asyncio.Event) -> None:
        """Keep every part up until told to stop, each by itself: none waits for another."""
        async with asyncio.TaskGroup() as group:
            keepers = [
                group.create_task(self._keep_up(running), name=name)
                for name, running in self.running.items()
            ]
            await stopping.wait()
            for keeper in keepers:
                keeper.cancel()

    async def _keep_up(self, running: Running) -> None:
        """Start the part again whenever it ends, for ever, with pauses that grow."""
        while True:
            if running.process.poll() is None:
                await asyncio.sleep(LOOK_S)
                continue
            now = time.monotonic()
            served_s = now - running.ready_at if running.ready_at is not None else 0.0
            pause_s = running.ends.add(now, served_s)
            running.ready_at = None
            running.restarts += 1
            why = f"ended with {running.process.returncode}"
            self._is(running, "restarting", f"{why}; starts again after {pause_s:g} s")
            await asyncio.sleep(pause_s)
            try:
                running.process = self._spawn(running.part)
            except OSError as error:
                self._is(running, "restarting", f"cannot be started: {error.strerror}")
                continue
            self._is(running, "starting", f"{why} before")
            if await self._becomes_ready(running):
                self._on_change()

    def _is(self, running: Running, state: State, note: str) -> None:
        running.state, running.note = state, note
        if state == "restarting":
            self._report(f"  {running.part.name} {note}")
        self._on_change()

    async def stop(self) -> None:
        """Stop in the reverse order of starting, each by its own pid."""
        for running in reversed(list(self.running.values())):
            if not await asyncio.to_thread(_end, running):
                within = f"{running.part.stop_within_s:g} s"
                self._report(f"  {running.part.name} did not end within {within}: {KILLED}")
        self.running.clear()


def _environment() -> dict[str, str]:
    """Ours, without the settings: parts of ours are given those, servers have no use for them."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MARKET_")}


async def _is_ready(part: Part) -> bool:
    try:
        return await asyncio.to_thread(part.ready)
    except Exception as error:  # noqa: BLE001 - one part's probe must not end the others
        log.warning("%s cannot be asked whether it is ready: %s", part.name, error)
        return False


def _nice(part: Part) -> list[str]:
    """A program that becomes the part's own: the pid stays."""
    program = shutil.which("nice") if part.nice else None
    return [program, "-n", str(part.nice)] if program else []


def _end(running: Running) -> bool:
    """Whether it ended by itself."""
    process = running.process
    if process.poll() is None:
        process.send_signal(running.part.stop_signal)
        try:
            process.wait(timeout=running.part.stop_within_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return False
    return True


def python(name: str, ready: Callable[[], bool]) -> Part:
    """One of our own parts."""
    return Part(
        name=name,
        command=[sys.executable, "-m", "deploy.parts", name],
        # By this name `pg_stat_activity` shows whose a connection is.
        environment=MALLOC | {"PGAPPNAME": f"market-{name}"},
        ready=ready,
        stop_signal=signal.SIGTERM,
    )
