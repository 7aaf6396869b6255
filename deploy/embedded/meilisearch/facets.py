"""Postings of the filterable and sortable attributes: which documents hold which value."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

import msgspec

from deploy.embedded.meilisearch.bodies import Document, Scalar
from deploy.embedded.meilisearch.text import fold

NO_SLOTS: frozenset[int] = frozenset()

type Slots = set[int] | frozenset[int]


def facet_text(value: str) -> str:
    """A text in the form in which facets are compared."""
    return fold(value.strip())


class FacetColumn(msgspec.Struct):
    """The values of one attribute; the sets it hands out must not be changed by the caller."""

    numbers: dict[float, set[int]] = {}
    texts: dict[str, set[int]] = {}
    spelling: dict[str, str] = {}
    sorted_numbers: list[float] | None = None
    sorted_texts: list[str] | None = None

    def add(self, slot: int, value: Scalar) -> None:
        """Record that a document holds a value; texts and booleans apart from numbers."""
        if isinstance(value, bool):
            value = str(value).lower()
        if isinstance(value, int | float):
            if value not in self.numbers:
                self.numbers[value] = set()
                self.sorted_numbers = None
            self.numbers[value].add(slot)
        elif value:
            key = facet_text(value)
            if key not in self.texts:
                self.texts[key] = set()
                self.spelling[key] = value
                self.sorted_texts = None
            self.texts[key].add(slot)

    def remove(self, slot: int, value: Scalar) -> None:
        """Forget that a document holds a value; harmless when it does not."""
        if isinstance(value, bool):
            value = str(value).lower()
        if isinstance(value, int | float):
            if _drop(self.numbers, value, slot):
                self.sorted_numbers = None
        elif value and _drop(self.texts, key := facet_text(value), slot):
            del self.spelling[key]
            self.sorted_texts = None

    def _number_order(self) -> list[float]:
        if self.sorted_numbers is None:
            self.sorted_numbers = sorted(self.numbers)
        return self.sorted_numbers

    def _text_order(self) -> list[str]:
        if self.sorted_texts is None:
            self.sorted_texts = sorted(self.texts)
        return self.sorted_texts

    def in_order(self, *, descending: bool) -> Iterator[set[int]]:
        """The documents of each value in turn, numbers before texts."""
        step = -1 if descending else 1
        for number in self._number_order()[::step]:
            yield self.numbers[number]
        for text in self._text_order()[::step]:
            yield self.texts[text]

    def numbers_between(self, low: float, high: float) -> list[set[int]]:
        """The documents of each number from the low to the high one, both included."""
        order = self._number_order()
        found = order[bisect_left(order, low) : bisect_right(order, high)]
        return [self.numbers[number] for number in found]

    def counts(self, among: Slots) -> Iterator[tuple[str, int]]:
        """Each text held within a set of documents with its number of them, in order."""
        for text in self._text_order():
            if count := len(self.texts[text] & among):
                yield self.spelling[text], count


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


class FacetChange(msgspec.Struct, frozen=True):
    """A document before and after a change; None where there was none."""

    slot: int
    before: Document | None
    after: Document


class Facets:
    """The columns of every attribute that filters, facets or sorts."""

    def __init__(self, attributes: Iterable[str]) -> None:
        self._columns = {name: FacetColumn() for name in attributes}
        self.slots: set[int] = set()

    def extract(self, document: Document) -> Document:
        """The part of a document that belongs in the columns."""
        return {name: document[name] for name in self._columns if name in document}

    def apply(self, changes: Iterable[FacetChange]) -> None:
        """Record documents, given as `extract` leaves them."""
        for change in changes:
            for name, value in (change.before or {}).items():
                self._columns[name].remove(change.slot, value)
            for name, value in change.after.items():
                self._columns[name].add(change.slot, value)
            self.slots.add(change.slot)

    def column(self, name: str) -> FacetColumn:
        """The column of one of the attributes."""
        return self._columns[name]
