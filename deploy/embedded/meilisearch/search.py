"""One search over one index: matching, filtering, ordering, facets and the shown hits."""

import re
import time
from itertools import islice

import msgspec

from deploy.embedded.meilisearch.bodies import Search, SearchAnswer
from deploy.embedded.meilisearch.errors import ApiError
from deploy.embedded.meilisearch.facets import Slots
from deploy.embedded.meilisearch.filters import filtered
from deploy.embedded.meilisearch.index import Index
from deploy.embedded.meilisearch.query import EXACT_BITS, build_query, parse_query, within
from deploy.embedded.meilisearch.ranking import Rule, ranked, score_rule, sort_rule
from deploy.embedded.meilisearch.store import DocumentStore

HITS_MAX = 1_000
FACET_VALUES_MAX = 100
# Up to this many documents it is cheaper to let the text index see the filter's result than to
# fetch every text match and intersect.
PUSHED_DOWN = 4_000
_SORT = re.compile(r"(\w+):(asc|desc)")


def search(index: Index, store: DocumentStore, wanted: Search) -> SearchAnswer:
    """The answer to a search; the caller holds the lock under which the index may be read."""
    started = time.perf_counter()
    sorting = [_sort_rule(index, expression) for expression in wanted.sort]
    columns = {name: index.facets.column(name) for name in _facets(index, wanted)}
    slots, scores = _match(index, wanted)
    rules = sorting
    if scores:
        relevance = score_rule(scores, lambda score: score >> EXACT_BITS)
        exactness = score_rule(scores, lambda score: score & ((1 << EXACT_BITS) - 1))
        rules = [relevance, *sorting, exactness]
    start, end = (min(place, HITS_MAX) for place in (wanted.offset, wanted.offset + wanted.limit))
    shown = islice(ranked(slots, rules), start, end)
    return SearchAnswer(
        hits=[msgspec.Raw(store.read(slot)) for slot in shown],
        estimated_total_hits=len(slots),
        facet_distribution={
            name: dict(islice(column.counts(slots), FACET_VALUES_MAX))
            for name, column in columns.items()
        },
        processing_time_ms=int((time.perf_counter() - started) * 1_000),
    )


def _match(index: Index, wanted: Search) -> tuple[Slots, dict[int, int]]:
    """The documents that match, and the text score of each unless there was no text."""
    allowed = filtered(index, wanted.filter, "invalid_search_filter")
    words = parse_query(wanted.q)
    if not words:
        return allowed, {}
    query = build_query(words, len(index.row.settings.searchable_attributes))
    if len(allowed) <= PUSHED_DOWN:
        query = within(query, allowed)
    scores = index.text.search(query)
    return allowed & scores.keys(), scores


def _sort_rule(index: Index, expression: str) -> Rule:
    read = _SORT.fullmatch(expression)
    sortable = index.row.settings.sortable_attributes
    if read is None or read[1] not in sortable:
        names = ", ".join(f"`{name}`" for name in sortable)
        message = (
            f"Cannot sort by `{expression}`: expected an attribute with `:asc` or `:desc`."
            f" Available sortable attributes are: {names}."
        )
        raise ApiError(message, "invalid_search_sort")
    return sort_rule(index.facets.column(read[1]), descending=read[2] == "desc")


def _facets(index: Index, wanted: Search) -> list[str]:
    for name in wanted.facets:
        if (
            name not in index.row.settings.filterable_attributes
            or index.facets.column(name).numbers
        ):
            message = f"Invalid facet distribution: `{name}` is not filterable, or holds numbers."
            raise ApiError(message, "invalid_search_facets")
    return wanted.facets
