"""A batch of document changes to one index, applied to the store and both memory indexes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from deploy.embedded.meilisearch.documents import Document, document_id, infer_primary_key
from deploy.embedded.meilisearch.errors import ApiError
from deploy.embedded.meilisearch.index import FacetChange, Index

if TYPE_CHECKING:
    from collections.abc import Iterable

    from deploy.embedded.meilisearch.store import DocumentStore
    from deploy.embedded.meilisearch.text_index import TextWriter

_DECODER = msgspec.json.Decoder(type=dict[str, object])


def decode(body: msgspec.Raw | bytes) -> Document:
    """A document from its JSON text; ApiError when it is not an object."""
    try:
        document: Document = _DECODER.decode(body)  # type: ignore[assignment]
    except msgspec.ValidationError as error:
        message = f"The documents must be JSON objects: {error}"
        raise ApiError(message, "malformed_payload") from error
    return document


class DocumentBatch:
    """Changes gathered inside a store transaction and an open text writer.

    Afterwards `changes` and `counts` are what `Index.publish` needs.
    """

    def __init__(self, index: Index, store: DocumentStore, writer: TextWriter) -> None:
        self._index = index
        self._store = store
        self._writer = writer
        self._number = index.row.number
        self.primary_key = index.row.primary_key
        self.changes: list[FacetChange] = []
        self.counts: Counter[str] = Counter()

    def add(self, bodies: list[msgspec.Raw], primary_key: str | None, *, partial: bool) -> None:
        """Add documents, replacing or (when partial) completing those present.

        All are checked before the first is changed, so that an ApiError leaves nothing behind.
        """
        key = self._settle_primary_key(bodies, primary_key)
        if key is None:
            return
        for body in bodies:
            document_id(decode(body), key)
        self.primary_key = key
        for body in bodies:
            self._put(decode(body), key, partial=partial)

    def _settle_primary_key(self, bodies: list[msgspec.Raw], wanted: str | None) -> str | None:
        known = self.primary_key
        if known is not None and wanted not in (None, known):
            message = f"Index already has a primary key: `{known}`."
            raise ApiError(message, "index_primary_key_already_exists")
        if known is None and wanted is None and bodies:
            return infer_primary_key(decode(bodies[0]))
        return known or wanted

    def _put(self, document: Document, key: str, *, partial: bool) -> None:
        identifier = document_id(document, key)
        found = self._store.find(self._number, identifier)
        before = None
        if found is None:
            slot = self._store.insert(self._number, identifier, msgspec.json.encode(document))
        else:
            slot, body = found
            old = decode(body)
            before = self._index.facets.extract(old)
            document = {**old, **document} if partial else document
            self._store.replace(slot, msgspec.json.encode(document))
            self._writer.remove(slot)
            self.counts.subtract(old.keys())
        self._writer.add(slot, self._index.texts(document))
        self.counts.update(document.keys())
        after = self._index.facets.extract(document)
        if before != after:
            self.changes.append(FacetChange(slot, before, after))

    def delete(self, identifiers: Iterable[str]) -> int:
        """Delete documents by identifier; how many there were."""
        found = [self._store.find(self._number, identifier) for identifier in identifiers]
        return self.delete_found({pair[0]: pair[1] for pair in found if pair is not None})

    def delete_found(self, found: dict[int, bytes]) -> int:
        """Delete documents given by slot and body; how many there were."""
        for slot, body in found.items():
            document = decode(body)
            self._store.delete(slot)
            self._writer.remove(slot)
            self.counts.subtract(document.keys())
            leaves = self._index.facets.extract(document)
            self.changes.append(FacetChange(slot, leaves, None))
        return len(found)
