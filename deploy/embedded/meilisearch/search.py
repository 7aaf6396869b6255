"""One search over one index: matching, filtering, ordering, facets and the shown hits."""

from __future__ import annotations

import math
import re
import time
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from deploy.embedded.meilisearch.batch import decode
from deploy.embedded.meilisearch.documents import Document, Json, Patterns, project
from deploy.embedded.meilisearch.errors import ApiError
from deploy.embedded.meilisearch.filter_syntax import FilterSyntaxError, parse_filter
from deploy.embedded.meilisearch.filters import matching
from deploy.embedded.meilisearch.highlight import Highlighter
from deploy.embedded.meilisearch.query import Atom, build_query, parse_query, within
from deploy.embedded.meilisearch.ranking import ranked, sort_rule, text_rule
from deploy.embedded.meilisearch.text import fold

if TYPE_CHECKING:
    from deploy.embedded.meilisearch.facets import FacetColumn, Slots
    from deploy.embedded.meilisearch.index import Index
    from deploy.embedded.meilisearch.ranking import Rule
    from deploy.embedded.meilisearch.search_request import SearchRequest
    from deploy.embedded.meilisearch.store import DocumentStore

_SORT = re.compile(r"(.+):(asc|desc)")
# Up to this many documents it is cheaper to let the text index see the filter's result than to
# fetch every text match and intersect.
_PUSHED_DOWN = 4_000


class Matches(NamedTuple):
    """The documents that match, and the text score of each unless there was no text."""

    slots: Slots
    scores: dict[int, int]
    atoms: list[Atom]


def filtered(index: Index, source: Json, code: str) -> Slots:
    """The documents a filter matches, all without one; ApiError with the code when it is wrong."""
    try:
        parsed = parse_filter(source)
        if parsed is None:
            return index.facets.slots
        return matching(parsed, index.facets, index.filterable)
    except FilterSyntaxError as error:
        raise ApiError(str(error), code) from error


def search(index: Index, store: DocumentStore, request: SearchRequest) -> Document:
    """The answer to a search; the caller holds the lock under which the index may be read."""
    started = time.perf_counter()
    sort_rules = _sort_rules(index, request)
    facet_names = _facet_names(index, request)
    found = _match(index, request)
    start, end = request.window(index.row.settings.pagination.max_total_hits)
    rules = _rules(index, found, sort_rules)
    slots = list(islice(ranked(found.slots, rules), start, end)) if end > start else []
    answer: Document = {"hits": _hits(index, store, request, slots, found.atoms)}
    answer["query"] = request.q or ""
    answer["processingTimeMs"] = 0
    _add_totals(answer, request, index, len(found.slots))
    if request.facets is not None:
        _add_facets(answer, index, facet_names, found.slots)
    answer["processingTimeMs"] = int((time.perf_counter() - started) * 1000)
    return answer


def _match(index: Index, request: SearchRequest) -> Matches:
    settings = index.row.settings
    source: Json = msgspec.to_builtins(request.filter)
    allowed = filtered(index, source, "invalid_search_filter")
    fields = index.search_fields(request.attributes_to_search_on)
    if fields is None:
        message = f"Attributes {request.attributes_to_search_on} are not all searchable."
        raise ApiError(message, "invalid_search_attributes_to_search_on")
    stop_words = {fold(word) for word in settings.stop_words}
    prefix = settings.prefix_search != "disabled"
    atoms = parse_query(request.q or "", settings.typo_tolerance, stop_words, prefix=prefix)
    if not atoms:
        return Matches(allowed, {}, atoms)
    query = build_query(atoms, fields, require_all=request.matching_strategy == "all")
    if len(allowed) <= _PUSHED_DOWN:
        query = within(query, allowed)
    scores = index.text.search(query)
    return Matches(allowed & scores.keys(), scores, atoms)


def _sort_rules(index: Index, request: SearchRequest) -> list[Rule]:
    rules: list[Rule] = []
    for expression in request.sort or []:
        parsed = _SORT.fullmatch(expression)
        if parsed is None:
            message = f"Invalid syntax for the sort parameter: expected expression ending by `:asc` or `:desc`, found `{expression}`."  # noqa: E501 - one sentence of the API
            raise ApiError(message, "invalid_search_sort")
        if not index.sortable.covers(parsed[1]):
            names = ", ".join(f"`{name}`" for name in index.sortable.names)
            known = (
                f"Available sortable attributes are: {names}."
                if names
                else ("This index does not have configured sortable attributes.")
            )
            message = f"Attribute `{parsed[1]}` is not sortable. {known}"
            raise ApiError(message, "invalid_search_sort")
        rules.append(sort_rule(index.facets.column(parsed[1]), descending=parsed[2] == "desc"))
    return rules


def _rules(index: Index, found: Matches, sort_rules: list[Rule]) -> list[Rule]:
    rules: list[Rule] = []
    custom = dict(index.row.settings.custom_rules())
    for name in index.row.settings.ranking_rules:
        attribute = name.rpartition(":")[0]
        if name == "sort":
            rules.extend(sort_rules)
        elif attribute:
            column = index.facets.column(attribute)
            rules.append(sort_rule(column, descending=custom[attribute]))
        elif found.atoms:
            rules.append(text_rule(name, found.scores))
    return rules


def _facet_names(index: Index, request: SearchRequest) -> list[str]:
    names: list[str] = []
    for name in request.facets or []:
        if name == "*":
            names.extend(path for path in index.facets.paths() if index.filterable.covers(path))
        elif index.filterable.covers(name):
            names.append(name)
        else:
            known = ", ".join(f"`{each}`" for each in index.filterable.names)
            message = f"Invalid facet distribution: Attribute `{name}` is not filterable. Available filterable attributes patterns are: {known}."  # noqa: E501 - one sentence of the API
            raise ApiError(message, "invalid_search_facets")
    return names


def _add_totals(answer: Document, request: SearchRequest, index: Index, total: int) -> None:
    if not request.paged:
        answer.update(limit=request.limit, offset=request.offset, estimatedTotalHits=total)
        return
    size = 20 if request.hits_per_page is None else request.hits_per_page
    reachable = min(total, index.row.settings.pagination.max_total_hits)
    answer.update(
        hitsPerPage=size,
        page=1 if request.page is None else request.page,
        totalPages=math.ceil(reachable / size) if size else 0,
        totalHits=reachable,
    )


def _add_facets(answer: Document, index: Index, names: list[str], universe: Slots) -> None:
    faceting = index.row.settings.faceting
    distribution: Document = {}
    stats: Document = {}
    for name in names:
        column: FacetColumn = index.facets.column(name)
        counts = column.counts(universe)
        orders = faceting.sort_facet_values_by
        if orders.get(name, orders.get("*")) == "count":
            counts = iter(sorted(counts, key=lambda pair: -pair[1]))
        shown = islice(counts, faceting.max_values_per_facet)
        distribution[name] = {_facet_key(value): count for value, count in shown}
        extremes = column.extremes(universe)
        if extremes is not None:
            stats[name] = {"min": extremes[0], "max": extremes[1]}
    answer["facetDistribution"] = distribution
    answer["facetStats"] = stats


def _facet_key(value: float | str) -> str:
    if isinstance(value, str):
        return value
    return str(int(value)) if value.is_integer() else repr(value)


def _hits(
    index: Index,
    store: DocumentStore,
    request: SearchRequest,
    slots: list[int],
    atoms: list[Atom],
) -> list[Json]:
    retrieve = Patterns(request.attributes_to_retrieve or ("*",))
    if request.attributes_to_retrieve == []:
        retrieve = Patterns(())
    marked = Patterns(request.attributes_to_highlight or ())
    highlighter = Highlighter(atoms, request.highlight_pre_tag, request.highlight_post_tag)
    shown_too = Patterns((*retrieve.names, *marked.names))
    hits: list[Json] = []
    for slot in slots:
        document = project(decode(store.read(slot)), index.displayed)
        hit = dict(project(document, retrieve))
        if request.attributes_to_highlight:
            hit["_formatted"] = highlighter.format(project(document, shown_too), marked)
        hits.append(hit)
    return hits
