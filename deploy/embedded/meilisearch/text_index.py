"""The in-memory tantivy index over the folded words of the searchable attributes."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self

import tantivy

from deploy.embedded.meilisearch.bodies import SEARCHABLE_MAX

FIELD_COUNT = SEARCHABLE_MAX
SLOT = "slot"
FUZZY = "fuzzy"
_WRITER_HEAP = 15_000_000


def rank_field(rank: int) -> str:
    """The field of the searchable attribute at a rank."""
    return f"rank{rank}"


def _build_schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    # Signed, because deletion by term does not find values of an unsigned field.
    builder.add_integer_field(SLOT, indexed=True, fast=True)
    for name in (FUZZY, *(rank_field(rank) for rank in range(FIELD_COUNT))):
        builder.add_text_field(name, stored=False, tokenizer_name="whitespace")
    return builder.build()


SCHEMA = _build_schema()


class TextWriter:
    """The changes of one task; leaving the block commits them, or drops them on an error.

    Readers see committed changes only after `TextIndex.publish`. The writer ends with the task,
    which gives its buffers back.
    """

    def __init__(self, index: tantivy.Index) -> None:
        self._writer = index.writer(_WRITER_HEAP, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self._writer.commit()
        else:
            self._writer.rollback()
        self._writer.wait_merging_threads()

    def add(self, slot: int, texts: Mapping[str, str]) -> None:
        """Index a document's folded words by field."""
        document = tantivy.Document()
        document.add_integer(SLOT, slot)
        for name, text in texts.items():
            document.add_text(name, text)
        self._writer.add_document(document)

    def remove(self, slot: int) -> None:
        """Drop what was indexed for a document before."""
        self._writer.delete_documents_by_term(SLOT, slot)


class TextIndex:
    """Text search giving each matching document's slot and score."""

    def __init__(self) -> None:
        self._index = tantivy.Index(SCHEMA)
        self._index.config_reader("manual")
        self._searcher = self._index.searcher()

    def writer(self) -> TextWriter:
        """A writer of changes; one at a time."""
        return TextWriter(self._index)

    def publish(self) -> None:
        """Let searches see everything committed."""
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(self, query: tantivy.Query) -> dict[int, int]:
        """The score of every document that matches, by slot."""
        limit = max(self._searcher.num_docs, 1)
        hits = self._searcher.search(query, limit, count=False).hits
        slots = self._searcher.fast_field_values(SLOT, [address for _, address in hits])
        pairs = zip(slots, hits, strict=True)
        return {int(slot): int(score) for slot, (score, _) in pairs if slot is not None}
