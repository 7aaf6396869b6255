"""How long a part that has ended waits before it is started again."""

from collections import deque

WINDOW_S = 600.0
AT_ONCE = 3
PAUSE_S = 0.5
PAUSE_MAX_S = 30.0
STEADY_S = 20.0


class Ends:
    """The ends of one part within the last ten minutes; times are of the monotonic clock.

    The first few are forgiven. Then each pause is twice the one before, up to half a minute: a
    part that cannot start costs little, and is back soon after its reason has gone. One that has
    served steadily meanwhile has not that trouble: its earlier ends are forgotten.
    """

    def __init__(self) -> None:
        self._times: deque[float] = deque()

    def add(self, now: float, served_s: float = 0.0) -> float:
        """Count one more end; the pause before the next start, in seconds."""
        if served_s >= STEADY_S:
            self._times.clear()
        while self._times and now - self._times[0] > WINDOW_S:
            self._times.popleft()
        self._times.append(now)
        doubled = max(len(self._times) - AT_ONCE, 0)
        return min(PAUSE_S * 2.0 ** min(doubled, 10), PAUSE_MAX_S)
