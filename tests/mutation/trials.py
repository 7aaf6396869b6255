"""Mutants tried one by one, each in a child process that has all tests in memory already."""

import gc
import os
import pickle
import signal
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.mutants import Mutant
from tests.mutation.planted import plant
from tests.mutation.seen_lines import Seen, Watch, judges

type Verdict = Literal["killed", "late", "survived", "unseen"]

LIMIT_S = 20
SURVIVED, KILLED, BROKEN = range(3)


class Trials:
    """A plugin of pytest: collected tests are not run, they judge mutants."""

    def __init__(self, mutants: list[Mutant], jobs: int, told: Callable[[str], None]) -> None:
        self.mutants = mutants
        self.jobs = jobs
        self.told = told
        self.verdicts: dict[Mutant, Verdict] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        items = {item.nodeid: item for item in session.items}
        gc.freeze()
        seen = _in_child(lambda: _watched(items, sorted({one.file for one in self.mutants})))
        self.told(f"{len(seen)} tests, {len(self.mutants)} mutants")
        waiting = iter(self.mutants)
        running: dict[int, Mutant] = {}
        while self._fill(running, waiting, items, seen):
            pid, status = os.wait()
            mutant = running.pop(pid)
            self._say(mutant, _verdict(status, mutant))
        return True

    def _fill(
        self,
        running: dict[int, Mutant],
        waiting: Iterator[Mutant],
        items: dict[str, pytest.Item],
        seen: dict[str, Seen],
    ) -> bool:
        """Start as many as there may be; False when none is left to wait for."""
        while len(running) < self.jobs and (mutant := next(waiting, None)) is not None:
            if tests := [items[test] for test in judges(mutant, seen)]:
                running[_forked(mutant, tests)] = mutant
            else:
                self._say(mutant, "unseen")
        return bool(running)

    def _say(self, mutant: Mutant, verdict: Verdict) -> None:
        self.verdicts[mutant] = verdict
        if verdict in {"survived", "unseen"} or len(self.verdicts) % 100 == 0:
            self.told(f"{len(self.verdicts)}/{len(self.mutants)} {verdict} {mutant}")


def _watched(items: dict[str, pytest.Item], files: list[str]) -> dict[str, Seen]:
    watch = Watch(files)
    order = list(items.values())
    with watch.on():
        for item, after in zip(order, [*order[1:], None], strict=True):
            with watch.over(item.nodeid):
                failed = _fails(item, after)
            if failed:
                raise AssertionError(f"{item.nodeid} fails with no mutant in it")
    return watch.seen


def _fails(item: pytest.Item, after: pytest.Item | None) -> bool:
    return any(report.failed for report in runtestprotocol(item, nextitem=after, log=False))


def _in_child[T](work: Callable[[], T]) -> T:
    """What it answers; all that it imports and changes stays in the child."""
    readable, writable = os.pipe()
    pid = os.fork()
    if not pid:
        _silence()
        with os.fdopen(writable, "wb") as answer:
            try:
                pickle.dump((work(), ""), answer)
            except BaseException as error:  # noqa: BLE001 - the parent's code must not run on here
                pickle.dump((None, f"{error!r}"), answer)
        os._exit(0)
    os.close(writable)
    with os.fdopen(readable, "rb") as answer:
        done, problem = pickle.load(answer)
    os.waitpid(pid, 0)
    if problem:
        raise pytest.UsageError(problem)
    return done


def _silence() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _forked(mutant: Mutant, tests: list[pytest.Item]) -> int:
    pid = os.fork()
    if pid:
        return pid
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(LIMIT_S)
    verdict = BROKEN
    try:
        _silence()
        plant(mutant)
        failed = any(
            _fails(item, after) for item, after in zip(tests, [*tests[1:], None], strict=True)
        )
        verdict = KILLED if failed else SURVIVED
    finally:
        os._exit(verdict)


def _verdict(status: int, mutant: Mutant) -> Verdict:
    if os.WIFSIGNALED(status):
        return "late" if os.WTERMSIG(status) == signal.SIGALRM else "killed"
    if os.WEXITSTATUS(status) == BROKEN:
        raise pytest.UsageError(f"it cannot be tried: {mutant}")
    return "killed" if os.WEXITSTATUS(status) == KILLED else "survived"
