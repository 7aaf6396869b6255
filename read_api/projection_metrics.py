"""The state of read models, for Prometheus."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from projections.control import ModelStatus, Overview

GAUGES: dict[str, Callable[[ModelStatus], float]] = {
    "projection_position": lambda model: model.position,
    "projection_version": lambda model: model.version,
    "projection_lag_events": lambda model: model.lag_events,
    "projection_lag_seconds": lambda model: model.lag_seconds,
    "projection_oldest_waiting_position": lambda model: (
        model.oldest_waiting.position if model.oldest_waiting else 0
    ),
    "projection_parked_streams": lambda model: model.parked_streams,
    "projection_parked_events": lambda model: model.parked_events,
    "projection_running": lambda model: float(model.state == "following"),
}


class _Seen(Collector):
    """`rates` in events a second by model."""

    def __init__(self, seen: Overview, rates: Mapping[str, float]) -> None:
        self._seen = seen
        self._rates = rates

    def collect(self) -> Iterator[Metric]:
        """One line a gauge and model, or part of one."""
        yield GaugeMetricFamily("log_position", "The end of the log.", self._seen.log_position)
        for name, value in GAUGES.items():
            yield self._by_model(GaugeMetricFamily(name, _said(name), labels=["model"]), value)
        name = "projection_gaps_filled_total"
        gaps = CounterMetricFamily(name, _said(name), labels=["model"])
        yield self._by_model(gaps, lambda model: model.gaps_filled)
        name = "projection_events_per_second"
        rates = GaugeMetricFamily(name, _said(name), labels=["model"])
        yield self._by_model(rates, lambda model: self._rates.get(model.model, 0.0))

    def _by_model[F: GaugeMetricFamily | CounterMetricFamily](
        self, family: F, value: Callable[[ModelStatus], float]
    ) -> F:
        for model in self._seen.models:
            family.add_metric([model.name], value(model))
        return family


def _said(name: str) -> str:
    return name.replace("_", " ")


def projection_metrics(seen: Overview, rates: Mapping[str, float]) -> str:
    """In Prometheus's text format."""
    registry = CollectorRegistry()
    registry.register(_Seen(seen, rates))
    return generate_latest(registry).decode()
