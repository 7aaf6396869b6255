"""The one background thread that applies tasks in order."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import msgspec

from deploy.embedded.meilisearch import settings as index_settings
from deploy.embedded.meilisearch.batch import DocumentBatch
from deploy.embedded.meilisearch.errors import ApiError, index_not_found, internal_error
from deploy.embedded.meilisearch.filter_syntax import FilterSyntaxError, parse_filter
from deploy.embedded.meilisearch.filters import matching
from deploy.embedded.meilisearch.memory import release_memory
from deploy.embedded.meilisearch.task_view import now

if TYPE_CHECKING:
    from deploy.embedded.meilisearch.documents import Document, Json
    from deploy.embedded.meilisearch.engine import Engine
    from deploy.embedded.meilisearch.index import Index, IndexRow
    from deploy.embedded.meilisearch.task_log import QueuedTask

    type Outcome = tuple[int, Document, ApiError | None]

_LOG = logging.getLogger("meilisearch")
_LARGE_BATCH = 1024 * 1024
_BODIES = msgspec.json.Decoder(type=list[msgspec.Raw])


class Worker:
    """Applies tasks until stopped; a batch under way is finished first."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = threading.Thread(target=self._run, name="task-worker")
        self._apply = {
            "indexCreation": self._create,
            "indexUpdate": self._update,
            "indexDeletion": self._drop,
            "indexSwap": self._swap,
            "settingsUpdate": self._settings,
        }

    def start(self) -> None:
        """Begin with the tasks already queued."""
        self._thread.start()

    def stop(self) -> None:
        """Return once the thread has ended."""
        self._engine.tasks.stop()
        self._thread.join()

    def _run(self) -> None:
        while batch := self._engine.tasks.next_batch():
            try:
                outcomes = self._outcomes(batch)
            except Exception as error:  # noqa: BLE001 - one bad batch must not end the worker
                _LOG.exception("tasks %d to %d failed", batch[0].uid, batch[-1].uid)
                # The batch may be half applied in memory, while the store has rolled it back.
                self._engine.load()
                failure = internal_error(f"The task failed: {type(error).__name__}.")
                outcomes = [_failed(task, failure) for task in batch]
            self._engine.tasks.finish(outcomes)
            large = sum(task.size for task in batch) > _LARGE_BATCH
            del batch
            if large:
                release_memory()

    def _outcomes(self, batch: list[QueuedTask]) -> list[Outcome]:
        if batch[0].type.startswith("document"):
            return self._documents(batch)
        task = batch[0]
        try:
            return [(task.uid, self._apply[task.type](task), None)]
        except ApiError as error:
            return [_failed(task, error)]

    def _existing(self, uid: str) -> Index:
        return self._engine.get(uid)

    def _save(self, task: QueuedTask, rows: list[IndexRow]) -> None:
        with self._engine.store.transaction(task.uid):
            for row in rows:
                self._engine.store.save_row(row)

    def _create(self, task: QueuedTask) -> Document:
        if self._engine.find(task.index_uid):
            message = f"Index `{task.index_uid}` already exists."
            raise ApiError(message, "index_already_exists", status=409)
        index = self._engine.new_index(task.index_uid, _text(task.request.get("primaryKey")))
        self._save(task, [index.row])
        self._engine.show(index)
        return {}

    def _update(self, task: QueuedTask) -> Document:
        index = self._existing(task.index_uid)
        wanted = _text(task.request.get("primaryKey"))
        if wanted != index.row.primary_key and index.facets.slots:
            message = f"Index already has a primary key: `{index.row.primary_key}`."
            raise ApiError(message, "index_primary_key_already_exists")
        row = msgspec.structs.replace(index.row, primary_key=wanted, updated_at=now())
        self._save(task, [row])
        with self._engine.lock:
            index.apply_row(row)
        return {}

    def _drop(self, task: QueuedTask) -> Document:
        index = self._existing(task.index_uid)
        with self._engine.store.transaction(task.uid):
            deleted = self._engine.store.drop_index(index.row.number)
            self._engine.hide(task.index_uid)
        return {"deletedDocuments": deleted}

    def _swap(self, task: QueuedTask) -> Document:
        pairs: list[tuple[Index, Index]] = []
        swaps = task.request["swaps"]
        for pair in swaps if isinstance(swaps, list) else []:
            first, second = (self._engine.get(uid) for uid in _texts(pair))
            pairs.append((first, second))
        rows = self._engine.exchange(pairs)
        self._save(task, rows)
        self._engine.rename(rows)
        return {}

    def _settings(self, task: QueuedTask) -> Document:
        index = self._engine.find(task.index_uid)
        if index is None:
            index = self._engine.new_index(task.index_uid, None)
        before = index.row.settings
        changed = index_settings.merge(before, task.request)
        row = msgspec.structs.replace(_changed_row(index, index.row.primary_key), settings=changed)
        self._save(task, [row])
        if changed.indexed() != before.indexed():
            index = self._engine.build(row)
        with self._engine.lock:
            index.apply_row(row)
            self._engine.show(index)
        return {}

    def _documents(self, batch: list[QueuedTask]) -> list[Outcome]:
        """Apply document tasks of one index in one commit, each succeeding or failing alone."""
        engine, uid = self._engine, batch[0].index_uid
        index = engine.find(uid)
        if index is None:
            if all(task.type == "documentDeletion" for task in batch):
                return [(task.uid, {"deletedDocuments": 0}, index_not_found(uid)) for task in batch]
            index = engine.new_index(uid, None)
        with ExitStack() as held:
            with engine.store.transaction(batch[-1].uid):
                with index.text.writer() as writer:
                    changes = DocumentBatch(index, engine.store, writer)
                    outcomes = [self._change(task, index, changes) for task in batch]
                row = _changed_row(index, changes.primary_key)
                engine.store.save_row(row)
                # Taken before the commit: a search must not find slots whose bodies are gone.
                held.enter_context(engine.lock)
            index.publish(changes.changes, changes.counts)
            index.apply_row(row)
            engine.show(index)
        return outcomes

    def _change(self, task: QueuedTask, index: Index, changes: DocumentBatch) -> Outcome:
        try:
            if task.type == "documentDeletion":
                return task.uid, {"deletedDocuments": self._delete(task, index, changes)}, None
            bodies = _BODIES.decode(self._engine.tasks.payload(task.uid))
            key = _text(task.request.get("primaryKey"))
            changes.add(bodies, key, partial=task.request.get("partial") is True)
        except ApiError as error:
            count = "deletedDocuments" if task.type == "documentDeletion" else "indexedDocuments"
            return task.uid, {count: 0}, error
        return task.uid, {"indexedDocuments": len(bodies)}, None

    def _delete(self, task: QueuedTask, index: Index, changes: DocumentBatch) -> int:
        if "ids" in task.request:
            return changes.delete(_texts(task.request["ids"]))
        slots = frozenset(index.facets.slots)
        if "filter" in task.request:
            try:
                found = parse_filter(task.request["filter"])
                if found is not None:
                    slots = frozenset(matching(found, index.facets, index.filterable))
            except FilterSyntaxError as error:
                raise ApiError(str(error), "invalid_document_filter") from error
        with self._engine.lock:
            found_bodies = {slot: self._engine.store.read(slot) for slot in slots}
        return changes.delete_found(found_bodies)


def _changed_row(index: Index, primary_key: str | None) -> IndexRow:
    return msgspec.structs.replace(
        index.row, primary_key=primary_key, fields=index.fields, updated_at=now()
    )


def _failed(task: QueuedTask, error: ApiError) -> Outcome:
    return task.uid, {}, error


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: Json) -> list[str]:
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, str)]
