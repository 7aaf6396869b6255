"""All benchmarks by name, in the order in which `all` runs them."""

from collections.abc import Callable
from importlib import import_module

from deploy.bench.result import Options, Result, Say

# By name only: the command line knows them without loading them.
BENCHES = {
    "append": "append",
    "place-order": "orders",
    "paid-order": "orders",
    "hot-item": "contention",
    "two-writers": "contention",
    "overload": "overload",
    "growth": "growth",
    "read-order": "read_order",
    "search": "search",
    "project": "project",
    "replay": "replay",
    "lag": "lag",
    "memory": "memory",
    "worst-bodies": "worst_bodies",
    "sign-in": "sign_in",
    "refresh": "refresh",
    "revoke": "revoke",
    "limit": "limit",
    "flood": "flood",
}


def bench(name: str) -> Callable[[Options, Say], Result]:
    """The function that measures it."""
    module = import_module(f"deploy.bench.benches.{BENCHES[name]}")
    measure: Callable[[Options, Say], Result] = getattr(module, name.replace("-", "_"))
    return measure
