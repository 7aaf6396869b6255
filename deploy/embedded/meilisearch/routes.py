"""The table of routes and their handlers."""

import re
from collections.abc import Callable

import msgspec

from deploy.embedded.meilisearch.bodies import (
    Document,
    Fetch,
    FetchAnswer,
    IndexView,
    NewIndex,
    NewSettings,
    Search,
    Swap,
    decode,
)
from deploy.embedded.meilisearch.engine import Engine
from deploy.embedded.meilisearch.errors import ApiError
from deploy.embedded.meilisearch.filters import filtered
from deploy.embedded.meilisearch.http import Answer, Request
from deploy.embedded.meilisearch.search import search
from deploy.embedded.meilisearch.task_log import TaskType

UID = re.compile(r"[A-Za-z0-9_-]{1,512}")


class Routes:
    """Answers requests from an engine; safe to call from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        table: list[tuple[str, str, Callable[..., Answer]]] = [
            ("GET", "/health", self._health),
            ("GET", "/tasks/([0-9]{1,18})", self._task),
            ("POST", "/swap-indexes", self._swap),
            ("POST", "/indexes", self._create_index),
            ("GET", "/indexes/([^/]+)", self._index),
            ("DELETE", "/indexes/([^/]+)", self._delete_index),
            ("PATCH", "/indexes/([^/]+)/settings", self._change_settings),
            ("POST", "/indexes/([^/]+)/documents", self._add_documents),
            ("POST", "/indexes/([^/]+)/documents/fetch", self._fetch),
            ("POST", "/indexes/([^/]+)/search", self._search),
        ]
        self._table = [(method, re.compile(path), handler) for method, path, handler in table]

    def handle(self, request: Request) -> Answer:
        """The answer of the route that fits; ApiError when none does."""
        for method, pattern, handler in self._table:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                return handler(request.body, *match.groups())
        message = f"This server has no {request.method} {request.path}."
        raise ApiError(message, "not_found", status=404)

    def _health(self, _: bytes) -> Answer:
        return Answer(200, {"status": "available"})

    def _task(self, _: bytes, number: str) -> Answer:
        task = self._engine.tasks.get(int(number))
        if task is None:
            raise ApiError(f"Task `{number}` not found.", "task_not_found", status=404)
        return Answer(200, task)

    def _swap(self, body: bytes) -> Answer:
        decode(body, tuple[Swap], "swap")
        return self._enqueue(None, "indexSwap", body)

    def _create_index(self, body: bytes) -> Answer:
        return self._enqueue(decode(body, NewIndex, "index").uid, "indexCreation", body)

    def _index(self, _: bytes, uid: str) -> Answer:
        row = self._engine.get(uid).row
        return Answer(200, IndexView(row.uid, row.primary_key, row.created_at, row.updated_at))

    def _delete_index(self, _: bytes, uid: str) -> Answer:
        return self._enqueue(uid, "indexDeletion")

    def _change_settings(self, body: bytes, uid: str) -> Answer:
        decode(body, NewSettings, "settings")
        return self._enqueue(uid, "settingsUpdate", body)

    def _add_documents(self, body: bytes, uid: str) -> Answer:
        decode(body, list[Document], "document")
        return self._enqueue(uid, "documentAdditionOrUpdate", body)

    def _enqueue(self, uid: str | None, kind: TaskType, payload: bytes = b"") -> Answer:
        """Queue what has been checked as far as that can be done before its turn comes."""
        if uid is not None and not UID.fullmatch(uid):
            message = (
                f"`{uid}` is not a valid index uid. Index uid can be a string containing only"
                " alphanumeric characters, hyphens (-) and underscores (_), and can not be more"
                " than 512 bytes."
            )
            raise ApiError(message, "invalid_index_uid")
        return Answer(202, self._engine.tasks.enqueue(uid, kind, payload))

    def _fetch(self, body: bytes, uid: str) -> Answer:
        wanted = decode(body, Fetch, "document")
        conditions = [] if wanted.filter is None else [wanted.filter]
        with self._engine.lock:
            slots = sorted(filtered(self._engine.get(uid), conditions, "invalid_document_filter"))
            page = slots[wanted.offset : wanted.offset + wanted.limit]
            found = [msgspec.Raw(self._engine.store.read(slot)) for slot in page]
        return Answer(200, FetchAnswer(found, wanted.offset, wanted.limit, len(slots)))

    def _search(self, body: bytes, uid: str) -> Answer:
        wanted = decode(body, Search, "search")
        with self._engine.lock:
            return Answer(200, search(self._engine.get(uid), self._engine.store, wanted))
