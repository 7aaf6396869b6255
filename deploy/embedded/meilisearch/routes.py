"""The table of routes and the handlers of everything but documents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploy.embedded.meilisearch import settings as index_settings
from deploy.embedded.meilisearch.document_routes import DocumentRoutes
from deploy.embedded.meilisearch.errors import ApiError
from deploy.embedded.meilisearch.http import Request, Response
from deploy.embedded.meilisearch.route_tools import (
    checked_uid,
    enqueue,
    index_name,
    integer,
    members,
)
from deploy.embedded.meilisearch.search import search
from deploy.embedded.meilisearch.search_request import (
    SearchRequest,
    parse_query_string,
    parse_request,
)
from deploy.embedded.meilisearch.task_log import NewTask

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploy.embedded.meilisearch.documents import Document, Json
    from deploy.embedded.meilisearch.engine import Engine
    from deploy.embedded.meilisearch.index import Index

    type Handler = Callable[..., Response]

VERSION = "1.15.0"
_TASK_FILTERS = ("statuses", "types", "indexUids", "uids")
_KEBAB = {re.sub(r"([A-Z])", r"-\1", name).lower(): name for name in index_settings.SETTING_NAMES}


class Routes:
    """Answers requests from an engine; safe to call from several threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        documents = DocumentRoutes(engine)
        table: list[tuple[str, str, Handler]] = [
            ("GET", "/health", self._health),
            ("GET", "/version", self._version),
            ("GET", "/stats", self._stats),
            ("GET", "/tasks", self._tasks),
            ("GET", "/tasks/{}", self._task),
            ("POST", "/multi-search", self._multi_search),
            ("POST", "/swap-indexes", self._swap),
            ("GET", "/indexes", self._indexes),
            ("POST", "/indexes", self._create_index),
            ("GET", "/indexes/{}", self._index),
            ("PATCH", "/indexes/{}", self._update_index),
            ("DELETE", "/indexes/{}", self._delete_index),
            ("GET", "/indexes/{}/stats", self._index_stats),
            ("GET", "/indexes/{}/search", self._search_get),
            ("POST", "/indexes/{}/search", self._search_post),
            ("GET", "/indexes/{}/settings", self._settings),
            ("PATCH", "/indexes/{}/settings", self._change_settings),
            ("DELETE", "/indexes/{}/settings", self._reset_settings),
            ("GET", "/indexes/{}/settings/{}", self._setting),
            ("PUT", "/indexes/{}/settings/{}", self._change_setting),
            ("PATCH", "/indexes/{}/settings/{}", self._change_setting),
            ("DELETE", "/indexes/{}/settings/{}", self._reset_setting),
            *documents.table(),
        ]
        self._table = [
            (method, re.compile(path.replace("{}", "([^/]+)")), handler)
            for method, path, handler in table
        ]

    def handle(self, request: Request) -> Response:
        """The answer of the route that fits: 404 without one, 405 when only the method differs."""
        status = 404
        path = request.path.rstrip("/") or "/"
        for method, pattern, handler in self._table:
            match = pattern.fullmatch(path)
            if match and method == request.method:
                return handler(request, *match.groups())
            if match:
                status = 405
        return Response(status, empty=True)

    def _health(self, _: Request) -> Response:
        return Response(200, {"status": "available"})

    def _version(self, _: Request) -> Response:
        shown: Document = {"commitSha": "embedded", "commitDate": "unknown", "pkgVersion": VERSION}
        return Response(200, shown)

    def _stats(self, _: Request) -> Response:
        indexes = self._engine.all()
        busy = self._engine.tasks.busy_indexes()
        shown: Document = {index.row.uid: self._stats_of(index, busy) for index in indexes}
        updated = max((index.row.updated_at for index in indexes), default=None)
        size = self._engine.store.size()
        answer: Document = {"databaseSize": size, "usedDatabaseSize": size}
        return Response(200, {**answer, "lastUpdate": updated, "indexes": shown})

    def _stats_of(self, index: Index, busy: set[str]) -> Document:
        with self._engine.lock:
            count = len(index.facets.slots)
            fields: Document = {name: n for name, n in index.field_counts.items() if n > 0}
        return {
            "numberOfDocuments": count,
            "isIndexing": index.row.uid in busy,
            "fieldDistribution": fields,
        }

    def _index_stats(self, _: Request, uid: str) -> Response:
        busy = self._engine.tasks.busy_indexes()
        return Response(200, self._stats_of(self._engine.get(uid), busy))

    def _tasks(self, request: Request) -> Response:
        limit = integer(request, "limit", 20, "invalid_task_limit")
        first = integer(request, "from", 2**62, "invalid_task_from")
        given = {name: request.query[name] for name in _TASK_FILTERS if name in request.query}
        filters = {name: value.split(",") for name, value in given.items() if value != "*"}
        found, total = self._engine.tasks.page(filters, limit + 1, first)
        shown: list[Json] = [*found[:limit]]
        answer: Document = {"results": shown, "total": total, "limit": limit}
        answer["from"] = found[0]["uid"] if shown else None
        answer["next"] = found[limit]["uid"] if len(found) > limit else None
        return Response(200, answer)

    def _task(self, _: Request, uid: str) -> Response:
        task = self._engine.tasks.get(int(uid)) if uid.isdecimal() else None
        if task is None:
            message = f"Task `{uid}` not found."
            raise ApiError(message, "task_not_found", status=404)
        return Response(200, task)

    def _indexes(self, request: Request) -> Response:
        limit = integer(request, "limit", 20, "invalid_index_limit")
        offset = integer(request, "offset", 0, "invalid_index_offset")
        indexes = self._engine.all()
        shown: list[Json] = [_index_json(index) for index in indexes[offset : offset + limit]]
        answer: Document = {"results": shown, "offset": offset, "limit": limit}
        return Response(200, {**answer, "total": len(indexes)})

    def _index(self, _: Request, uid: str) -> Response:
        return Response(200, _index_json(self._engine.get(uid)))

    def _create_index(self, request: Request) -> Response:
        body = members(request, {"uid", "primaryKey"})
        key: Document = {"primaryKey": body.get("primaryKey")}
        return enqueue(
            self._engine, NewTask(checked_uid(body.get("uid")), "indexCreation", key, key)
        )

    def _update_index(self, request: Request, uid: str) -> Response:
        key: Document = {"primaryKey": members(request, {"primaryKey"}).get("primaryKey")}
        return enqueue(self._engine, NewTask(index_name(uid), "indexUpdate", key, key))

    def _delete_index(self, _: Request, uid: str) -> Response:
        return enqueue(self._engine, NewTask(index_name(uid), "indexDeletion", {}, {}))

    def _swap(self, request: Request) -> Response:
        body = request.json()
        swaps: list[Json] = []
        seen: set[str] = set()
        for item in body if isinstance(body, list) else [body]:
            pair = item.get("indexes") if isinstance(item, dict) else None
            if not isinstance(pair, list) or len(pair) != 2:  # noqa: PLR2004 - a pair
                message = "Invalid value at `.indexes`: expected two index names."
                raise ApiError(message, "invalid_swap_indexes")
            names = [checked_uid(uid) for uid in pair]
            if seen.intersection(names) or names[0] == names[1]:
                message = "Indexes must be declared only once during a swap."
                raise ApiError(message, "invalid_swap_duplicate_index_found")
            seen.update(names)
            swaps.append([*names])
        details: Document = {"swaps": [{"indexes": pair} for pair in swaps]}
        return enqueue(self._engine, NewTask(None, "indexSwap", details, {"swaps": swaps}))

    def _run(self, uid: str, request: SearchRequest) -> Document:
        with self._engine.lock:
            return search(self._engine.get(uid), self._engine.store, request)

    def _search_get(self, request: Request, uid: str) -> Response:
        return Response(200, self._run(uid, parse_query_string(request.query)))

    def _search_post(self, request: Request, uid: str) -> Response:
        return Response(200, self._run(uid, parse_request(request.json() or {})))

    def _multi_search(self, request: Request) -> Response:
        body = members(request, {"queries", "federation"})
        if body.get("federation") is not None:
            message = "Federated search is not supported by this server."
            raise ApiError(message, "invalid_multi_search_federation")
        queries = body.get("queries")
        if not isinstance(queries, list):
            message = "Invalid value at `.queries`: expected an array."
            raise ApiError(message, "invalid_multi_search_queries")
        results: list[Json] = []
        for query in queries:
            rest = dict(query) if isinstance(query, dict) else {}
            uid = checked_uid(rest.pop("indexUid", None))
            results.append({"indexUid": uid, **self._run(uid, parse_request(rest))})
        return Response(200, {"results": results})

    def _settings(self, _: Request, uid: str) -> Response:
        return Response(200, index_settings.as_json(self._engine.get(uid).row.settings))

    def _setting(self, _: Request, uid: str, name: str) -> Response:
        shown = index_settings.as_json(self._engine.get(uid).row.settings)
        return Response(200, shown[_setting_name(name)])

    def _change_settings(self, request: Request, uid: str) -> Response:
        return self._settings_task(uid, members(request, set(index_settings.SETTING_NAMES)))

    def _reset_settings(self, _: Request, uid: str) -> Response:
        return self._settings_task(uid, dict.fromkeys(index_settings.SETTING_NAMES))

    def _change_setting(self, request: Request, uid: str, name: str) -> Response:
        return self._settings_task(uid, {_setting_name(name): request.json()})

    def _reset_setting(self, _: Request, uid: str, name: str) -> Response:
        return self._settings_task(uid, {_setting_name(name): None})

    def _settings_task(self, uid: str, changes: Document) -> Response:
        # Checked against the defaults so that a wrong value is refused before it is queued.
        index_settings.merge(index_settings.DEFAULTS, changes)
        return enqueue(self._engine, NewTask(index_name(uid), "settingsUpdate", changes, changes))


def _setting_name(kebab: str) -> str:
    if kebab not in _KEBAB:
        message = f"Setting `{kebab}` does not exist."
        raise ApiError(message, "not_found", status=404)
    return _KEBAB[kebab]


def _index_json(index: Index) -> Document:
    row = index.row
    return {
        "uid": row.uid,
        "createdAt": row.created_at,
        "updatedAt": row.updated_at,
        "primaryKey": row.primary_key,
    }
