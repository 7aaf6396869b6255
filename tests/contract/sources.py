"""Tokens of a provider's test mode."""

from typing import NamedTuple


class Sources(NamedTuple):
    succeeds: str
    is_declined: str
