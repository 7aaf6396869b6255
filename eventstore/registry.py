"""Every event type under its permanent stored name."""

from eventstore.events import MODULES
from eventstore.events.base import Event, stored_name


def _event_types() -> list[type[Event]]:
    return [
        value
        for module in MODULES
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, Event)
        and value.__module__ == module.__name__
        and "." in stored_name(value)
    ]


REGISTRY: dict[str, type[Event]] = {stored_name(event): event for event in _event_types()}
