"""What an auditor does not see: data of persons, and tokens of their accounts."""

from typing import Any

# Ids of buyers stay: they stand for a person only to who has the directory.
PERSONAL = frozenset(
    {"source", "destination", "payout_destination", "tracking_number", "unreadable_text"}
)
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
