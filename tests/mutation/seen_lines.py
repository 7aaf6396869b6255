"""Which lines of the rules each test runs."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType
from typing import NamedTuple

from tests.mutation.mutants import ROOT, Mutant

type Line = tuple[str, int]


class Seen(NamedTuple):
    took_s: float
    lines: frozenset[Line]


class Watch:
    """What a test runs of some files, by `sys.monitoring`: a line is told once a test."""

    TOOL = sys.monitoring.COVERAGE_ID

    def __init__(self, files: list[str]) -> None:
        self._names = {str(ROOT / file): file for file in files}
        self._lines: set[Line] = set()
        self.seen: dict[str, Seen] = {}

    @contextmanager
    def over(self, test: str) -> Iterator[None]:
        monitoring = sys.monitoring
        self._lines = set()
        monitoring.restart_events()
        began = time.perf_counter()
        yield
        self.seen[test] = Seen(time.perf_counter() - began, frozenset(self._lines))

    @contextmanager
    def on(self) -> Iterator[None]:
        monitoring = sys.monitoring
        monitoring.use_tool_id(self.TOOL, "mutation")
        monitoring.register_callback(self.TOOL, monitoring.events.LINE, self._line)
        monitoring.set_events(self.TOOL, monitoring.events.LINE)
        try:
            yield
        finally:
            monitoring.set_events(self.TOOL, 0)
            monitoring.free_tool_id(self.TOOL)

    def _line(self, code: CodeType, line: int) -> object:
        file = self._names.get(code.co_filename)
        if file is not None:
            self._lines.add((file, line))
        return sys.monitoring.DISABLE


def judges(mutant: Mutant, seen: dict[str, Seen]) -> list[str]:
    """The tests that run what is changed: those of its own stream first, then the quickest."""
    first, last = mutant.lines
    lines = {(mutant.file, line) for line in range(first, last + 1)}
    folder = f"/{mutant.group}/"
    found = [test for test, one in seen.items() if one.lines & lines]
    return sorted(found, key=lambda test: (folder not in test, seen[test].took_s))
