"""One index in memory: its settings, facet postings and text index, kept in step by batches."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from deploy.embedded.meilisearch.documents import Document, Leaf, Patterns, flatten
from deploy.embedded.meilisearch.facets import Facets
from deploy.embedded.meilisearch.query import SearchFields
from deploy.embedded.meilisearch.settings import Settings
from deploy.embedded.meilisearch.text import words
from deploy.embedded.meilisearch.text_index import FUZZY, VALUE_BREAK, TextIndex, rank_field

if TYPE_CHECKING:
    from collections.abc import Iterable


class IndexRow(msgspec.Struct, frozen=True):
    """What is stored of an index besides its documents; `fields` are in order of appearance."""

    number: int
    uid: str
    primary_key: str | None
    created_at: str
    updated_at: str
    settings: Settings = Settings()
    fields: tuple[str, ...] = ()


class FacetChange(NamedTuple):
    """A document's entries before and after a batch; None where it was absent."""

    slot: int
    before: list[Leaf] | None
    after: list[Leaf] | None


class Index:
    """The searchable state of an index; built empty, filled by batches of changes."""

    def __init__(self, row: IndexRow) -> None:
        self.row = row
        settings = row.settings
        self.filterable = settings.filterable()
        self.sortable = Patterns(settings.sortable_attributes)
        self.displayed = Patterns(settings.displayed_attributes)
        self._searchable = Patterns(settings.searchable_attributes)
        self._exact_only = Patterns(settings.typo_tolerance.disable_on_attributes)
        custom = [name for name, _ in settings.custom_rules()]
        names = (*self.filterable.names, *self.sortable.names, *custom)
        self.facets = Facets(names)
        self.text = TextIndex()
        self.field_counts: Counter[str] = Counter()
        self._field_ranks = {name: rank for rank, name in enumerate(row.fields)}

    def apply_row(self, row: IndexRow) -> None:
        """Take over changed metadata that needs no rebuilding."""
        self.row = row
        self.filterable = row.settings.filterable()
        self.sortable = Patterns(row.settings.sortable_attributes)
        self.displayed = Patterns(row.settings.displayed_attributes)

    @property
    def fields(self) -> tuple[str, ...]:
        """The top-level attributes seen so far, in order of appearance."""
        return tuple(self._field_ranks)

    def _rank(self, path: str) -> int | None:
        if self._searchable.everything:
            return self._field_ranks.get(path.partition(".")[0])
        return self._searchable.rank(path)

    def texts(self, document: Document) -> dict[str, str]:
        """The folded words of a document by text field, noting attributes not seen before."""
        for name in document:
            self._field_ranks.setdefault(name, len(self._field_ranks))
        found: defaultdict[str, list[str]] = defaultdict(list)
        for path, value in flatten(document):
            rank = self._rank(path)
            if rank is None or value is None or isinstance(value, list | dict):
                continue
            text = ("true" if value else "false") if isinstance(value, bool) else str(value)
            folded = " ".join(words(text))
            found[rank_field(rank)].append(folded)
            if not self._exact_only.covers(path):
                found[FUZZY].append(folded)
        return {name: VALUE_BREAK.join(values) for name, values in found.items()}

    def search_fields(self, attributes: list[str] | None) -> SearchFields | None:
        """The text fields to search; None when a named attribute is not searchable."""
        if attributes is None or "*" in attributes:
            everything = self._searchable.everything
            count = len(self._field_ranks) if everything else len(self._searchable.names)
            every = {rank_field(rank): rank for rank in reversed(range(max(count, 1)))}
            return SearchFields(tuple(every.items()))
        ranks: dict[str, int] = {}
        for name in attributes:
            rank = self._rank(name)
            if rank is None:
                return None
            ranks[rank_field(rank)] = rank
        return SearchFields(tuple(ranks.items()), tuple(ranks))

    def publish(self, changes: Iterable[FacetChange], counts: Counter[str]) -> None:
        """Let searches see a batch whose text is already committed."""
        for slot, before, after in changes:
            if before is not None:
                self.facets.remove(slot, before)
            if after is not None:
                self.facets.add(slot, after)
        self.field_counts.update(counts)
        self.text.publish()
