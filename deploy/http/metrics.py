"""Counters of answers and their times, in the text format that Prometheus reads."""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

type Gauges = Callable[[], Mapping[str, float]]


class Metrics:
    """Counts by method and status; a histogram of seconds over all answers."""

    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges
        self._answers: dict[tuple[str, int], int] = defaultdict(int)
        self._buckets = [0] * (len(BUCKETS_S) + 1)
        self._seconds = 0.0

    def observe(self, method: str, status: int, seconds: float) -> None:
        self._answers[method, status] += 1
        self._seconds += seconds
        index = next((i for i, limit in enumerate(BUCKETS_S) if seconds <= limit), len(BUCKETS_S))
        self._buckets[index] += 1

    def text(self) -> str:
        lines = ["# TYPE http_requests_total counter"]
        for (method, status), count in sorted(self._answers.items()):
            lines.append(f'http_requests_total{{method="{method}",status="{status}"}} {count}')
        lines.append("# TYPE http_request_seconds histogram")
        total = 0
        for limit, count in zip((*map(str, BUCKETS_S), "+Inf"), self._buckets, strict=True):
            total += count
            lines.append(f'http_request_seconds_bucket{{le="{limit}"}} {total}')
        lines.append(f"http_request_seconds_sum {self._seconds:.6f}")
        lines.append(f"http_request_seconds_count {total}")
        described: set[str] = set()
        for name, value in sorted(self._gauges().items()):
            metric = name.partition("{")[0]
            if metric not in described:
                lines.append(f"# TYPE {metric} gauge")
                described.add(metric)
            lines.append(f"{name} {value:g}")
        return "\n".join(lines) + "\n"

    def middleware(self, app: ASGIApp) -> ASGIApp:
        """A pure ASGI middleware: counts what was answered."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != ScopeType.HTTP:
                await app(scope, receive, send)
                return
            started = time.perf_counter()
            status = 500

            async def counting_send(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            try:
                await app(scope, receive, counting_send)
            finally:
                self.observe(scope["method"], status, time.perf_counter() - started)

        return counted
