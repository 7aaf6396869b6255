"""Counters of answers and their times, for Prometheus."""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})

type Gauges = Callable[[], Mapping[str, float]]

disable_created_metrics()  # type: ignore[no-untyped-call]


class _Asked(Collector):
    """Gauges whose values are asked for when they are read."""

    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        for name, value in sorted(self._gauges().items()):
            yield GaugeMetricFamily(name, name.replace("_", " "), value=value)


class Metrics:
    """Counts by method and status; a histogram of seconds over all answers."""

    def __init__(self, gauges: Gauges) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Asked(gauges))
        answers = Counter(
            "http_requests_total", "Answers.", ("method", "status"), registry=self._registry
        )
        # Few there are, whatever clients send; looking a label up costs more than counting.
        self._answers = cache(answers.labels)
        self._seconds = Histogram(
            "http_request_seconds",
            "From the request's head to the end of its answer.",
            buckets=BUCKETS_S,
            registry=self._registry,
        )

    def observe(self, method: str, status: int, seconds: float) -> None:
        known = method if method in METHODS else "OTHER"
        self._answers(known, str(status)).inc()
        self._seconds.observe(seconds)

    def text(self) -> str:
        return generate_latest(self._registry).decode()

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
