"""Chains that turn old stored shapes into today's, one step a version."""

from collections.abc import Callable, Mapping
from typing import Any

type Data = dict[str, Any]
type Upcaster = tuple[str, Callable[[Data], Data]]


def _names_no_provider(data: Data) -> Data:
    return {**data, "payout_provider": ""}


# Old stored name -> (next stored name, how its data changes).
UPCASTERS: Mapping[str, Upcaster] = {
    "seller.registered.v1": ("seller.registered.v2", _names_no_provider),
}


class UnknownStoredName(LookupError):
    """The log holds an event that this build does not know: an older build reads a newer log."""


def upcast(
    name: str, data: Data, known: Mapping[str, object], chain: Mapping[str, Upcaster]
) -> tuple[str, Data]:
    """Follow the chain from `name` to a name that is in `known`."""
    while name not in known:
        if name not in chain:
            raise UnknownStoredName(name)
        name, step = chain[name]
        data = step(data)
    return name, data
