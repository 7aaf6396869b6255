"""A progress bar with rate and estimate on standard error."""

import sys
import time

BAR = 28
EVERY_S = 0.2
LINE_EVERY_S = 15.0


class Progress:
    """On a terminal one line that changes; elsewhere a line now and then."""

    def __init__(self, total: int, what: str) -> None:
        self._total = max(total, 1)
        self._what = what
        self._done = 0
        self._started = time.monotonic()
        self._shown = 0.0
        self._terminal = sys.stderr.isatty()

    def add(self) -> None:
        self._done += 1
        now = time.monotonic()
        every = EVERY_S if self._terminal else LINE_EVERY_S
        if now - self._shown >= every or self._done == self._total:
            self._shown = now
            self._show(now - self._started)

    def _show(self, seconds: float) -> None:
        rate = self._done / max(seconds, 1e-6)
        left = (self._total - self._done) / max(rate, 1e-6)
        filled = BAR * self._done // self._total
        line = (
            f"  {self._what:<9} [{'#' * filled}{'.' * (BAR - filled)}]"
            f" {self._done}/{self._total}  {rate:.0f}/s  {left:.0f} s left"
        )
        end = "\n" if not self._terminal or self._done == self._total else ""
        start = "\r" if self._terminal else ""
        print(f"{start}{line}", end=end, file=sys.stderr, flush=True)
