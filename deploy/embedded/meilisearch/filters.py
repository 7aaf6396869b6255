"""Evaluation of a parsed filter to the set of documents it matches."""

from __future__ import annotations

import math
import operator
from typing import TYPE_CHECKING

from deploy.embedded.meilisearch.facets import NO_SLOTS, FacetColumn, Facets, Slots, facet_text
from deploy.embedded.meilisearch.filter_syntax import (
    Condition,
    Filter,
    FilterSyntaxError,
    Group,
    Negation,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from deploy.embedded.meilisearch.documents import Patterns

_COMPARE: dict[str, Callable[[str, str], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def matching(found: Filter, facets: Facets, filterable: Patterns) -> Slots:
    """The documents a filter matches; FilterSyntaxError for an attribute that cannot filter.

    The answer may be one of the postings themselves, so it must not be changed.
    """
    if isinstance(found, Negation):
        return facets.slots - matching(found.inner, facets, filterable)
    if isinstance(found, Group):
        parts = sorted((matching(part, facets, filterable) for part in found.parts), key=len)
        if found.any_of:
            return parts[0].union(*parts[1:])
        return parts[0].intersection(*parts[1:])
    if not filterable.covers(found.attribute):
        raise FilterSyntaxError(_not_filterable(found.attribute, filterable))
    return _condition(found, facets)


def _not_filterable(attribute: str, filterable: Patterns) -> str:
    if not filterable.names:
        known = "This index does not have configured filterable attributes."
    else:
        names = ", ".join(f"`{name}`" for name in filterable.names)
        known = f"Available filterable attribute patterns are: {names}."
    return f"Attribute `{attribute}` is not filterable. {known}"


def _condition(test: Condition, facets: Facets) -> Slots:
    column = facets.column(test.attribute)
    match test.operator:
        case "EXISTS":
            return column.present
        case "NULL":
            return column.null
        case "EMPTY":
            return column.empty
        case "=":
            return _equal(column, test.values[0])
        case "!=":
            return facets.slots - _equal(column, test.values[0])
        case "IN":
            return _union(_equal(column, value) for value in test.values)
        case "CONTAINS" | "STARTS WITH":
            return _text_match(column, test)
        case _:
            return _range(column, test)


def _union(parts: Iterable[Slots]) -> Slots:
    return NO_SLOTS.union(*parts)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _equal(column: FacetColumn, value: str) -> Slots:
    strings = column.strings.get(facet_text(value), NO_SLOTS)
    number = _number(value)
    if number is None or number not in column.numbers:
        return strings
    return column.numbers[number] | strings if strings else column.numbers[number]


def _text_match(column: FacetColumn, test: Condition) -> Slots:
    wanted = facet_text(test.values[0])
    if test.operator == "CONTAINS":
        return _union(slots for text, slots in column.strings.items() if wanted in text)
    return _union(slots for text, slots in column.strings.items() if text.startswith(wanted))


def _range(column: FacetColumn, test: Condition) -> Slots:
    bounds = [_number(value) for value in test.values]
    low, high = bounds[0], bounds[-1]
    if low is None or high is None:
        return _text_range(column, test)
    match test.operator:
        case "TO":
            parts = column.numbers_between(low, high)
        case ">=":
            parts = column.numbers_between(low, math.inf)
        case ">":
            parts = column.numbers_between(math.nextafter(low, math.inf), math.inf)
        case "<=":
            parts = column.numbers_between(-math.inf, high)
        case _:
            parts = column.numbers_between(-math.inf, math.nextafter(high, -math.inf))
    return _union(parts)


def _text_range(column: FacetColumn, test: Condition) -> Slots:
    """Strings compare in their folded order, which suits dates written year first."""
    low, high = facet_text(test.values[0]), facet_text(test.values[-1])
    strings = column.strings.items()
    if test.operator == "TO":
        return _union(slots for text, slots in strings if low <= text <= high)
    compare = _COMPARE[test.operator]
    return _union(slots for text, slots in strings if compare(text, low))
