"""All indexes of a data folder, with the lock under which searches read and tasks publish."""

import threading
from pathlib import Path

import msgspec

from deploy.embedded.meilisearch.bodies import Document
from deploy.embedded.meilisearch.errors import index_not_found
from deploy.embedded.meilisearch.facets import FacetChange
from deploy.embedded.meilisearch.index import Index, IndexRow, now
from deploy.embedded.meilisearch.memory import release_memory
from deploy.embedded.meilisearch.store import DocumentStore
from deploy.embedded.meilisearch.task_log import TaskLog

DOCUMENT = msgspec.json.Decoder(Document)


class Engine:
    """The state the routes read and the worker changes.

    Readers hold `lock`; the one worker holds it only while it publishes what it has prepared.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self.store = DocumentStore(folder)
        self.tasks = TaskLog(folder, self.store.last_applied())
        self._indexes: dict[str, Index] = {}
        self.load()

    def close(self) -> None:
        """Close the files; the worker must have ended."""
        self.tasks.close()
        self.store.close()

    def load(self) -> None:
        """Build every index anew from what is stored."""
        indexes = {row.uid: self.build(row) for row in self.store.rows()}
        with self.lock:
            self._indexes = indexes

    def build(self, row: IndexRow) -> Index:
        """An index filled from its stored documents."""
        index = Index(row)
        changes: list[FacetChange] = []
        with index.text.writer() as writer:
            for slot, body in self.store.everything(row.number):
                document = DOCUMENT.decode(body)
                writer.add(slot, index.texts(document))
                changes.append(FacetChange(slot, None, index.facets.extract(document)))
        index.publish(changes)
        del changes
        release_memory()
        return index

    def get(self, uid: str) -> Index:
        """The index of a name; ApiError when there is none."""
        index = self._indexes.get(uid)
        if index is None:
            raise index_not_found(uid)
        return index

    def has(self, uid: str) -> bool:
        return uid in self._indexes

    def new_row(self, uid: str, primary_key: str) -> IndexRow:
        """The row of an empty index with a number of its own."""
        number = max((index.row.number for index in self._indexes.values()), default=0) + 1
        moment = now()
        return IndexRow(number, uid, primary_key, moment, moment)

    def show(self, *indexes: Index) -> None:
        """Let readers find indexes under their names."""
        with self.lock:
            self._indexes |= {index.row.uid: index for index in indexes}

    def hide(self, uid: str) -> None:
        """Let readers no longer find an index."""
        with self.lock:
            del self._indexes[uid]
