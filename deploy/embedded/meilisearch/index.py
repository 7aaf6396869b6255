"""One index in memory: its row, facet postings and text index, kept in step by publishing."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from deploy.embedded.meilisearch.bodies import Document, Settings
from deploy.embedded.meilisearch.facets import FacetChange, Facets
from deploy.embedded.meilisearch.text import words
from deploy.embedded.meilisearch.text_index import FUZZY, TextIndex, rank_field


class IndexRow(msgspec.Struct, frozen=True):
    """What is stored of an index besides its documents."""

    number: int
    uid: str
    primary_key: str
    created_at: str
    updated_at: str
    settings: Settings = Settings()


class Index:
    """The searchable state of an index; built empty, filled by publishing changes."""

    def __init__(self, row: IndexRow) -> None:
        self.row = row
        settings = row.settings
        self.facets = Facets((*settings.filterable_attributes, *settings.sortable_attributes))
        self.text = TextIndex()

    def texts(self, document: Document) -> Mapping[str, str]:
        """The folded words of a document by text field."""
        found: dict[str, str] = {}
        for rank, name in enumerate(self.row.settings.searchable_attributes):
            value = document.get(name)
            if value is not None:
                found[rank_field(rank)] = " ".join(words(str(value)))
        found[FUZZY] = " ".join(found.values())
        return found

    def publish(self, changes: Iterable[FacetChange]) -> None:
        """Let searches see changes whose text is already committed."""
        self.facets.apply(changes)
        self.text.publish()


def now() -> str:
    """The present time as the API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
