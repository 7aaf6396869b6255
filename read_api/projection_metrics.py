"""The state of read models in the text format that Prometheus reads."""

from collections.abc import Callable, Mapping

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
    "projection_gaps_filled_total": lambda model: model.gaps_filled,
    "projection_running": lambda model: float(model.state == "following"),
}


def projection_metrics(seen: Overview, rates: Mapping[str, float]) -> str:
    """One line a gauge and model, or part of one; `rates` in events a second by model."""
    lines = ["# TYPE log_position gauge", f"log_position {seen.log_position}"]
    for name, value in GAUGES.items():
        lines.append(f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}")
        lines += [f'{name}{{model="{model.name}"}} {value(model):g}' for model in seen.models]
    lines.append("# TYPE projection_events_per_second gauge")
    lines += [
        f'projection_events_per_second{{model="{model.name}"}} {rates.get(model.model, 0.0):g}'
        for model in seen.models
    ]
    return "\n".join(lines) + "\n"
