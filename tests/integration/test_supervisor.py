"""Parts that end are started again, each by itself, whatever the others do."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from deploy import restarts
from deploy.embedded.part import Part
from deploy.stack_state import is_alive
from deploy.supervisor import PartFailed, Running, Supervisor

WITHIN_S = 30.0
SLEEPS = "import time; time.sleep(600)"
ENDS = "import sys; sys.exit(3)"
# Ends at once as long as the file is there.
ENDS_WHILE = "import os, sys, time; sys.exit(3) if os.path.exists(sys.argv[1]) else time.sleep(600)"


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restarts, "PAUSE_S", 0.01)
    monkeypatch.setattr(restarts, "PAUSE_MAX_S", 0.05)


def part(
    name: str, code: str = SLEEPS, *words: str, ready: Callable[[], bool] | None = None
) -> Part:
    return Part(
        name=name, command=[sys.executable, "-c", code, *words], ready=ready or (lambda: True)
    )


def test_what_an_earlier_process_left_does_not_make_the_next_one_ready(tmp_path: Path) -> None:
    """Else one that dies slowly, again and again, would seem to have served meanwhile."""
    file = tmp_path / "part.pid"
    file.write_text("1")
    says = (
        "import sys, time, pathlib; time.sleep(0.3); pathlib.Path(sys.argv[1]).touch(); " + SLEEPS
    )
    slow = replace(part("slow", says, str(file), ready=file.exists), ready_file=file)

    async def main() -> None:
        watched = Watched(tmp_path)
        await watched.start(slow)
        try:
            assert file.read_text() == ""
            file.write_text("left by one that was killed")
            watched.kill("slow")
            await until(lambda: watched.of("slow").restarts == 1)
            await until(lambda: watched.of("slow").state == "running")
            assert file.read_text() == ""
        finally:
            await watched.stop()

    asyncio.run(main())


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not is_so():
            await asyncio.sleep(0.01)


class Watched:
    """A supervisor at work; `changes` are the states that it has told."""

    def __init__(self, logs: Path) -> None:
        self.lines: list[str] = []
        self.states: list[dict[str, str]] = []
        self.supervisor = Supervisor(logs, self.lines.append, self._note)
        self.stopping = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def _note(self) -> None:
        running = self.supervisor.running.items()
        self.states.append({name: part.state for name, part in running})

    async def start(self, *parts: Part) -> None:
        await self.supervisor.start(parts)
        self.task = asyncio.create_task(self.supervisor.watch(self.stopping))

    async def stop(self) -> None:
        self.stopping.set()
        if self.task is not None:
            await self.task
        await self.supervisor.stop()

    def of(self, name: str) -> Running:
        return self.supervisor.running[name]

    def kill(self, name: str) -> int:
        pid = self.of(name).process.pid
        os.kill(pid, signal.SIGKILL)
        return pid


def play(logs: Path, work: Callable[[Watched], Awaitable[None]]) -> None:
    async def run() -> None:
        watched = Watched(logs)
        try:
            async with asyncio.timeout(WITHIN_S * 2):
                await work(watched)
        finally:
            await watched.stop()

    asyncio.run(run())


def test_a_part_that_is_long_in_coming_delays_no_other(tmp_path: Path) -> None:
    flag = tmp_path / "ready"
    flag.touch()

    async def work(watched: Watched) -> None:
        await watched.start(part("slow", ready=flag.exists), part("other"))
        flag.unlink()
        slow = watched.kill("slow")
        await until(lambda: watched.of("slow").process.pid != slow)
        other = watched.kill("other")
        await until(lambda: watched.of("other").process.pid != other)
        await until(lambda: watched.of("other").state == "running")
        assert watched.of("slow").state == "starting"
        flag.touch()
        await until(lambda: watched.of("slow").state == "running")

    play(tmp_path, work)


def test_a_part_that_cannot_start_never_ends_the_others_and_is_tried_for_ever(
    tmp_path: Path,
) -> None:
    broken = tmp_path / "broken"

    async def work(watched: Watched) -> None:
        await watched.start(part("weak", ENDS_WHILE, str(broken)), part("other"))
        other = watched.of("other").process.pid
        broken.touch()
        watched.kill("weak")
        await until(lambda: watched.of("weak").restarts > 8)
        assert watched.task is not None
        assert not watched.task.done()
        assert watched.of("other").process.pid == other
        assert {"weak": "restarting", "other": "running"} in watched.states
        await until(lambda: "ended with 3" in watched.of("weak").note)
        broken.unlink()
        await until(lambda: watched.of("weak").state == "running")
        pid = watched.of("weak").process.pid
        assert (is_alive(pid), watched.of("weak").note) == (True, "")

    play(tmp_path, work)


def test_neither_a_lost_terminal_nor_a_probe_that_fails_ends_the_others(tmp_path: Path) -> None:
    flag = tmp_path / "asks"
    flag.touch()

    def asks() -> bool:
        if not flag.exists():
            raise RuntimeError("a fault of the probe")
        return True

    def lost(_: str) -> None:
        raise BrokenPipeError

    async def work(watched: Watched) -> None:
        await watched.start(part("odd", ready=asks), part("other"))
        watched.supervisor._say = lost
        flag.unlink()
        odd, other = watched.kill("odd"), watched.kill("other")
        await until(lambda: watched.of("odd").process.pid != odd)
        await until(lambda: watched.of("other").process.pid != other)
        await until(lambda: watched.of("other").state == "running")
        flag.touch()
        await until(lambda: watched.of("odd").state == "running")

    play(tmp_path, work)


def test_parts_that_are_restarting_are_stopped_with_the_others(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    never = tmp_path / "never"
    never.touch()

    async def work(watched: Watched) -> None:
        await watched.start(
            part("weak", ENDS_WHILE, str(broken)), part("slow", ready=never.exists), part("other")
        )
        broken.touch()
        never.unlink()
        watched.kill("weak")
        slow = watched.kill("slow")
        await until(lambda: watched.of("weak").restarts > 2)
        await until(lambda: watched.of("slow").process.pid != slow)
        running = [running.process for running in watched.supervisor.running.values()]
        await watched.stop()
        assert all(process.poll() is not None for process in running)
        assert not [process for process in running if is_alive(process.pid)]
        assert watched.supervisor.running == {}

    play(tmp_path, work)


def test_at_the_first_start_a_part_that_cannot_start_says_why(tmp_path: Path) -> None:
    async def work(watched: Watched) -> None:
        with pytest.raises(PartFailed, match="weak ended with 3"):
            await watched.start(part("other"), part("weak", ENDS, ready=lambda: False))

    started = time.monotonic()
    play(tmp_path, work)
    assert time.monotonic() - started < WITHIN_S
