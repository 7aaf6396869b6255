"""Postings of the filterable and sortable attributes: which documents hold which value."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from deploy.embedded.meilisearch.documents import Document, Json, Leaf, Patterns, flatten
from deploy.embedded.meilisearch.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

NO_SLOTS: frozenset[int] = frozenset()

type Slots = set[int] | frozenset[int]


def facet_text(value: str) -> str:
    """A string value in the form in which facets are compared."""
    return fold(value.strip())


@dataclass(slots=True)
class FacetColumn:
    """The values of one attribute; the sets it hands out must not be changed by the caller."""

    numbers: dict[float, set[int]] = field(default_factory=dict[float, set[int]])
    strings: dict[str, set[int]] = field(default_factory=dict[str, set[int]])
    spelling: dict[str, str] = field(default_factory=dict[str, str])
    present: set[int] = field(default_factory=set[int])
    null: set[int] = field(default_factory=set[int])
    empty: set[int] = field(default_factory=set[int])
    _sorted_numbers: list[float] | None = None
    _sorted_strings: list[str] | None = None

    def add(self, slot: int, value: Json) -> None:
        """Record that a document holds a value."""
        self.present.add(slot)
        if value is None:
            self.null.add(slot)
        elif value in ("", [], {}):
            self.empty.add(slot)
        elif isinstance(value, bool):
            self._add_string(slot, "true" if value else "false")
        elif isinstance(value, int | float):
            number = float(value)
            if number not in self.numbers:
                self.numbers[number] = set()
                self._sorted_numbers = None
            self.numbers[number].add(slot)
        elif isinstance(value, str):
            self._add_string(slot, value)

    def _add_string(self, slot: int, value: str) -> None:
        key = facet_text(value)
        if key not in self.strings:
            self.strings[key] = set()
            self.spelling[key] = value
            self._sorted_strings = None
        self.strings[key].add(slot)

    def remove(self, slot: int, value: Json) -> None:
        """Forget that a document holds a value; harmless when it does not."""
        for flags in (self.present, self.null, self.empty):
            flags.discard(slot)
        if isinstance(value, bool):
            value = "true" if value else "false"
        if isinstance(value, int | float):
            if _drop(self.numbers, float(value), slot):
                self._sorted_numbers = None
        elif isinstance(value, str) and _drop(self.strings, key := facet_text(value), slot):
            del self.spelling[key]
            self._sorted_strings = None

    def _number_order(self) -> list[float]:
        if self._sorted_numbers is None:
            self._sorted_numbers = sorted(self.numbers)
        return self._sorted_numbers

    def _string_order(self) -> list[str]:
        if self._sorted_strings is None:
            self._sorted_strings = sorted(self.strings)
        return self._sorted_strings

    def in_order(self, *, descending: bool) -> Iterator[set[int]]:
        """The documents of each value in turn, numbers before strings."""
        step = -1 if descending else 1
        for number in self._number_order()[::step]:
            yield self.numbers[number]
        for text in self._string_order()[::step]:
            yield self.strings[text]

    def numbers_between(self, low: float, high: float) -> list[set[int]]:
        """The documents of each number from the low to the high one, both included."""
        order = self._number_order()
        found = order[bisect_left(order, low) : bisect_right(order, high)]
        return [self.numbers[number] for number in found]

    def counts(self, universe: Slots) -> Iterator[tuple[float | str, int]]:
        """Each value held within a set of documents with its number of them, in value order."""
        for number in self._number_order():
            if count := len(self.numbers[number] & universe):
                yield number, count
        for text in self._string_order():
            if count := len(self.strings[text] & universe):
                yield self.spelling[text], count

    def extremes(self, universe: Slots) -> tuple[float, float] | None:
        """The least and the greatest number held within a set of documents, if there is any."""
        order = self._number_order()
        held = (number for number in order if not self.numbers[number].isdisjoint(universe))
        least = next(held, None)
        if least is None:
            return None
        down = (number for number in order[::-1] if not self.numbers[number].isdisjoint(universe))
        return least, next(down, least)


def _drop[Value](postings: dict[Value, set[int]], value: Value, slot: int) -> bool:
    """Take a document out of a value's set; True when the value has no documents left."""
    slots = postings.get(value)
    if slots is None:
        return False
    slots.discard(slot)
    if slots:
        return False
    del postings[value]
    return True


class Facets:
    """The columns of every attribute that filters, facets or sorts."""

    def __init__(self, attributes: Iterable[str]) -> None:
        self._patterns = Patterns(attributes)
        self._columns: dict[str, FacetColumn] = {}
        self.slots: set[int] = set()

    def extract(self, document: Document) -> list[Leaf]:
        """The entries of a document that belong in the columns."""
        covers = self._patterns.covers
        return [leaf for leaf in flatten(document) if covers(leaf[0])]

    def add(self, slot: int, leaves: Iterable[Leaf]) -> None:
        """Record a document under its slot."""
        self.slots.add(slot)
        for path, value in leaves:
            column = self._columns.get(path)
            if column is None:
                column = self._columns[path] = FacetColumn()
            column.add(slot, value)

    def remove(self, slot: int, leaves: Iterable[Leaf]) -> None:
        """Forget a document that was recorded with these entries."""
        self.slots.discard(slot)
        for path, value in leaves:
            if path in self._columns:
                self._columns[path].remove(slot, value)

    def column(self, path: str) -> FacetColumn:
        """The column of an attribute, empty when no document has it."""
        return self._columns.get(path) or FacetColumn()

    def paths(self) -> list[str]:
        """The attributes for which some document has had a value."""
        return sorted(self._columns)
