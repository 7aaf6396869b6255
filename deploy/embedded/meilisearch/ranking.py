"""Ordering of matching documents by successive rules, each splitting the groups of the last."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from deploy.embedded.meilisearch.facets import FacetColumn, Slots

type Rule = Callable[[Slots], Iterator[Collection[int]]]


def ranked(among: Slots, rules: Sequence[Rule]) -> Iterator[int]:
    """Every one of the documents, best first; lazily, so that the first few come cheaply."""
    if not rules or len(among) <= 1:
        yield from sorted(among)
        return
    for bucket in rules[0](among):
        yield from ranked(set(bucket), rules[1:])


def score_rule(scores: Mapping[int, int], part: Callable[[int], int]) -> Rule:
    """A rule over a part of the text scores, higher first."""

    def split(among: Slots) -> Iterator[Collection[int]]:
        buckets: defaultdict[int, list[int]] = defaultdict(list)
        for slot in among:
            buckets[part(scores[slot])].append(slot)
        for value in sorted(buckets, reverse=True):
            yield buckets[value]

    return split


def sort_rule(column: FacetColumn, *, descending: bool) -> Rule:
    """A rule over the values of an attribute; documents without a value come last."""

    def split(among: Slots) -> Iterator[Collection[int]]:
        rest = set(among)
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
