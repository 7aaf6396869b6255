"""All indexes of a data folder, with the lock under which searches read and tasks publish."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from deploy.embedded.meilisearch.batch import decode
from deploy.embedded.meilisearch.errors import index_not_found
from deploy.embedded.meilisearch.index import FacetChange, Index, IndexRow
from deploy.embedded.meilisearch.memory import release_memory
from deploy.embedded.meilisearch.store import DocumentStore
from deploy.embedded.meilisearch.task_log import TaskLog
from deploy.embedded.meilisearch.task_view import now

if TYPE_CHECKING:
    from pathlib import Path


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
        counts: Counter[str] = Counter()
        changes: list[FacetChange] = []
        with index.text.writer() as writer:
            for slot, body in self.store.everything(row.number):
                document = decode(body)
                writer.add(slot, index.texts(document))
                counts.update(document.keys())
                changes.append(FacetChange(slot, None, index.facets.extract(document)))
        index.publish(changes, counts)
        del changes
        release_memory()
        return index

    def get(self, uid: str) -> Index:
        """The index of a name; ApiError when there is none."""
        index = self._indexes.get(uid)
        if index is None:
            raise index_not_found(uid)
        return index

    def find(self, uid: str) -> Index | None:
        """The index of a name, if there is one."""
        return self._indexes.get(uid)

    def all(self) -> list[Index]:
        """Every index, by name."""
        with self.lock:
            return [self._indexes[uid] for uid in sorted(self._indexes)]

    def new_index(self, uid: str, primary_key: str | None) -> Index:
        """An empty index with a fresh number, neither stored nor shown yet."""
        number = max((index.row.number for index in self._indexes.values()), default=0) + 1
        moment = now()
        return Index(IndexRow(number, uid, primary_key, moment, moment))

    def show(self, index: Index) -> None:
        """Let readers find an index under its name."""
        with self.lock:
            self._indexes[index.row.uid] = index

    def hide(self, uid: str) -> None:
        """Let readers no longer find an index."""
        with self.lock:
            del self._indexes[uid]

    def exchange(self, pairs: list[tuple[Index, Index]]) -> list[IndexRow]:
        """The rows of indexes after their names are exchanged pair by pair, as yet unpublished."""
        names = {index.row.number: index.row for pair in pairs for index in pair}
        for one, other in pairs:
            first, second = names[one.row.number], names[other.row.number]
            names[one.row.number] = msgspec.structs.replace(first, uid=second.uid)
            names[other.row.number] = msgspec.structs.replace(second, uid=first.uid)
        return list(names.values())

    def rename(self, rows: list[IndexRow]) -> None:
        """Show indexes under the names of their changed rows."""
        with self.lock:
            by_number = {index.row.number: index for index in self._indexes.values()}
            for row in rows:
                index = by_number[row.number]
                index.apply_row(row)
                self._indexes[row.uid] = index
