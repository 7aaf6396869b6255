"""Ordering of matching documents by successive rules, each splitting the groups of the last."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from deploy.embedded.meilisearch import query

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from deploy.embedded.meilisearch.facets import FacetColumn, Slots

    type Rule = Callable[[Slots], Iterator[Collection[int]]]

_COMPONENTS = {
    "words": (query.WORDS_SHIFT, query.WORDS_BITS),
    "typo": (query.TYPO_SHIFT, query.TYPO_BITS),
    "proximity": (query.PROXIMITY_SHIFT, query.PROXIMITY_BITS),
    "attribute": (query.ATTRIBUTE_SHIFT, query.ATTRIBUTE_BITS),
    "exactness": (query.EXACT_SHIFT, query.EXACT_BITS),
}


def ranked(universe: Slots, rules: Sequence[Rule]) -> Iterator[int]:
    """Every document of the universe, best first; lazily, so that the first few come cheaply."""
    if not rules or len(universe) <= 1:
        yield from sorted(universe)
        return
    for bucket in rules[0](universe):
        yield from ranked(set(bucket), rules[1:])


def text_rule(name: str, scores: Mapping[int, int]) -> Rule:
    """A rule over one component of the text scores, higher first."""
    shift, bits = _COMPONENTS[name]
    mask = (1 << bits) - 1

    def split(universe: Slots) -> Iterator[Collection[int]]:
        buckets: defaultdict[int, list[int]] = defaultdict(list)
        for slot in universe:
            buckets[(scores[slot] >> shift) & mask].append(slot)
        for value in sorted(buckets, reverse=True):
            yield buckets[value]

    return split


def sort_rule(column: FacetColumn, *, descending: bool) -> Rule:
    """A rule over the values of an attribute; documents without a value come last."""

    def split(universe: Slots) -> Iterator[Collection[int]]:
        rest = set(universe)
        for slots in column.in_order(descending=descending):
            bucket = slots & rest
            if bucket:
                yield bucket
                rest -= bucket
            if not rest:
                return
        if rest:
            yield rest

    return split
