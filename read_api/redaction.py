"""What an auditor does not see: data of persons, and tokens of their accounts."""

from typing import Any

from eventstore.personal import of_all
from eventstore.registry import REGISTRY

# What events mark as such, under the same names in read models; and events that cannot be read.
# Ids of buyers stay: they stand for a person only to who has the directory.
PERSONAL = of_all(REGISTRY) | {"unreadable_text"}
REDACTED = "[redacted]"


def redacted(value: Any) -> Any:
    """The same, with personal fields overwritten at any depth; empty ones stay empty."""
    if isinstance(value, dict):
        return {
            key: REDACTED if key in PERSONAL and item else redacted(item)
            for key, item in value.items()  # pyright: ignore[reportUnknownVariableType]
        }
    if isinstance(value, list | tuple):
        return [redacted(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value
