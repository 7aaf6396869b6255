"""The one background thread that applies tasks in order."""

import logging
import re
import threading
from contextlib import ExitStack

import msgspec

from deploy.embedded.meilisearch.bodies import Document, NewIndex, Settings, Swap
from deploy.embedded.meilisearch.engine import DOCUMENT, Engine
from deploy.embedded.meilisearch.errors import ApiError, ErrorBody, internal_error
from deploy.embedded.meilisearch.facets import FacetChange
from deploy.embedded.meilisearch.index import Index, IndexRow, now
from deploy.embedded.meilisearch.memory import release_memory
from deploy.embedded.meilisearch.task_log import Task
from deploy.embedded.meilisearch.text_index import TextWriter

LARGE = 1024 * 1024
DOCUMENT_ID = re.compile(r"[A-Za-z0-9_-]{1,511}")

log = logging.getLogger(__name__)


class Worker:
    """Applies tasks until stopped; one under way is finished first."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = threading.Thread(target=self._run, name="task-worker")

    def start(self) -> None:
        """Begin with the tasks already queued."""
        self._thread.start()

    def stop(self) -> None:
        """Return once the thread has ended."""
        self._engine.tasks.stop()
        self._thread.join()

    def _run(self) -> None:
        while task := self._engine.tasks.next():
            self._engine.tasks.finish(task.uid, self._error_of(task))
            large = len(task.payload) > LARGE
            del task
            if large:
                release_memory()

    def _error_of(self, task: Task) -> ErrorBody | None:
        try:
            self._apply(task)
        except ApiError as error:
            return error.body
        except Exception as error:  # one bad task must not end the worker
            log.exception("task %d failed", task.uid)
            # It may be half applied in memory, while the store has rolled it back.
            self._engine.load()
            return internal_error(error).body
        return None

    def _apply(self, task: Task) -> None:
        match task.type:
            case "indexCreation":
                self._create(task)
            case "indexDeletion":
                self._drop(task)
            case "indexSwap":
                self._swap(task)
            case "settingsUpdate":
                self._change_settings(task)
            case "documentAdditionOrUpdate":
                self._put_documents(task)

    def _save(self, task: Task, *rows: IndexRow) -> None:
        with self._engine.store.transaction(task.uid):
            for row in rows:
                self._engine.store.save_row(row)

    def _create(self, task: Task) -> None:
        if self._engine.has(task.index_uid):
            message = f"Index `{task.index_uid}` already exists."
            raise ApiError(message, "index_already_exists", status=409)
        wanted = msgspec.json.decode(task.payload, type=NewIndex)
        row = self._engine.new_row(wanted.uid, wanted.primary_key)
        self._save(task, row)
        self._engine.show(Index(row))

    def _drop(self, task: Task) -> None:
        index = self._engine.get(task.index_uid)
        with self._engine.store.transaction(task.uid):
            self._engine.store.drop_index(index.row.number)
            self._engine.hide(task.index_uid)

    def _swap(self, task: Task) -> None:
        (swap,) = msgspec.json.decode(task.payload, type=tuple[Swap])
        one, other = (self._engine.get(uid) for uid in swap.indexes)
        first = msgspec.structs.replace(one.row, uid=other.row.uid)
        second = msgspec.structs.replace(other.row, uid=one.row.uid)
        self._save(task, first, second)
        with self._engine.lock:
            one.row, other.row = first, second
            self._engine.show(one, other)

    def _change_settings(self, task: Task) -> None:
        row = self._engine.get(task.index_uid).row
        settings = msgspec.json.decode(task.payload, type=Settings)
        row = msgspec.structs.replace(row, settings=settings, updated_at=now())
        self._save(task, row)
        self._engine.show(self._engine.build(row))

    def _put_documents(self, task: Task) -> None:
        """All are checked before the first is put, so that an ApiError leaves nothing behind."""
        engine, index = self._engine, self._engine.get(task.index_uid)
        documents = msgspec.json.decode(task.payload, type=list[Document])
        ids = [document_id(document, index.row.primary_key) for document in documents]
        with ExitStack() as held:
            with engine.store.transaction(task.uid):
                with index.text.writer() as writer:
                    changes = [
                        self._put(index, writer, identity, document)
                        for identity, document in zip(ids, documents, strict=True)
                    ]
                row = msgspec.structs.replace(index.row, updated_at=now())
                engine.store.save_row(row)
                # Taken before the commit: a search sees documents and postings of one moment.
                held.enter_context(engine.lock)
            index.publish(changes)
            index.row = row

    def _put(
        self, index: Index, writer: TextWriter, identity: str, document: Document
    ) -> FacetChange:
        store, body, before = self._engine.store, msgspec.json.encode(document), None
        found = store.find(index.row.number, identity)
        if found is None:
            slot = store.insert(index.row.number, identity, body)
        else:
            slot, old = found
            before = index.facets.extract(DOCUMENT.decode(old))
            store.replace(slot, body)
            writer.remove(slot)
        writer.add(slot, index.texts(document))
        return FacetChange(slot, before, index.facets.extract(document))


def document_id(document: Document, primary_key: str) -> str:
    """The document's identifier; ApiError when it is missing or malformed."""
    if primary_key not in document:
        message = f"Document doesn't have a `{primary_key}` attribute: `{document}`."
        raise ApiError(message, "missing_document_id")
    value = document[primary_key]
    if isinstance(value, str) and DOCUMENT_ID.fullmatch(value):
        return value
    message = (
        f"Document identifier `{value}` is invalid. A document identifier can be of type string,"
        " only composed of alphanumeric characters (a-z A-Z 0-9), hyphens (-) and underscores (_),"
        " and can not be more than 511 bytes."
    )
    raise ApiError(message, "invalid_document_id")
