"""The handlers that read, add, update and delete documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from deploy.embedded.meilisearch.batch import decode
from deploy.embedded.meilisearch.documents import Document, Json, Patterns, project
from deploy.embedded.meilisearch.errors import ApiError, document_not_found
from deploy.embedded.meilisearch.filter_syntax import FilterSyntaxError, parse_filter
from deploy.embedded.meilisearch.http import Request, Response
from deploy.embedded.meilisearch.route_tools import enqueue, index_name, integer, members
from deploy.embedded.meilisearch.search import filtered
from deploy.embedded.meilisearch.task_log import NewTask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from deploy.embedded.meilisearch.engine import Engine

_DELETION = "documentDeletion"


class DocumentRoutes:
    """Answers requests below `/indexes/{uid}/documents`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def table(self) -> list[tuple[str, str, Callable[..., Response]]]:
        """Method, path and handler of each route."""
        root = "/indexes/{}/documents"
        return [
            ("GET", root, self._list_get),
            ("POST", f"{root}/fetch", self._list_post),
            ("POST", root, self._add),
            ("PUT", root, self._add),
            ("DELETE", root, self._delete_all),
            ("POST", f"{root}/delete-batch", self._delete_batch),
            ("POST", f"{root}/delete", self._delete_by_filter),
            ("GET", f"{root}/{{}}", self._get),
            ("DELETE", f"{root}/{{}}", self._delete_one),
        ]

    def _get(self, request: Request, uid: str, document_id: str) -> Response:
        fields = _split(request.query.get("fields"))
        with self._engine.lock:
            index = self._engine.get(uid)
            slot = self._engine.store.lookup(index.row.number, [document_id]).get(document_id)
            if slot is None:
                raise document_not_found(document_id)
            document = decode(self._engine.store.read(slot))
        return Response(200, project(document, Patterns(fields)))

    def _list_get(self, request: Request, uid: str) -> Response:
        offset = integer(request, "offset", 0, "invalid_document_offset")
        limit = integer(request, "limit", 20, "invalid_document_limit")
        fields = _split(request.query.get("fields"))
        source = request.query.get("filter")
        ids = _split(request.query["ids"]) if "ids" in request.query else None
        return self._page(uid, (offset, limit), fields, source, ids)

    def _list_post(self, request: Request, uid: str) -> Response:
        known = {"offset", "limit", "fields", "filter", "ids"}
        body = {k: v for k, v in members(request, known).items() if v is not None}
        offset, limit = body.get("offset", 0), body.get("limit", 20)
        for name, value in (("offset", offset), ("limit", limit)):
            if not isinstance(value, int) or value < 0:
                message = f"Invalid value at `.{name}`: expected a number of at least 0."
                raise ApiError(message, f"invalid_document_{name}")
        # Clients built for query strings may send the fields joined by commas.
        fields = body.get("fields", ["*"])
        names = _split(fields) if isinstance(fields, str) else _strings(fields)
        ids = _strings(body["ids"]) if "ids" in body else None
        window = (int(str(offset)), int(str(limit)))
        return self._page(uid, window, names, body.get("filter"), ids)

    def _page(
        self,
        uid: str,
        window: tuple[int, int],
        fields: Iterable[str],
        source: Json,
        ids: list[str] | None,
    ) -> Response:
        offset, limit = window
        patterns = Patterns(fields)
        with self._engine.lock:
            index, store = self._engine.get(uid), self._engine.store
            slots = filtered(index, source, "invalid_document_filter")
            if ids is not None:
                slots = slots & set(store.lookup(index.row.number, ids).values())
            page = sorted(slots)[offset : offset + limit]
            results: list[Json] = [project(decode(store.read(slot)), patterns) for slot in page]
        answer: Document = {"results": results, "offset": offset, "limit": limit}
        return Response(200, {**answer, "total": len(slots)})

    def _add(self, request: Request, uid: str) -> Response:
        payload, count = _payload(request)
        details: Document = {"receivedDocuments": count, "indexedDocuments": None}
        work: Document = {
            "partial": request.method == "PUT",
            "primaryKey": request.query.get("primaryKey"),
        }
        name = index_name(uid)
        return enqueue(
            self._engine, NewTask(name, "documentAdditionOrUpdate", details, work, payload)
        )

    def _delete_one(self, _: Request, uid: str, document_id: str) -> Response:
        return self._delete(uid, {"ids": [document_id]}, 1, None)

    def _delete_batch(self, request: Request, uid: str) -> Response:
        ids = _strings(request.json())
        return self._delete(uid, {"ids": [*ids]}, len(ids), None)

    def _delete_by_filter(self, request: Request, uid: str) -> Response:
        source = members(request, {"filter"}).get("filter")
        try:
            parsed = parse_filter(source)
        except FilterSyntaxError as error:
            raise ApiError(str(error), "invalid_document_filter") from error
        if parsed is None:
            message = "Missing field `filter`."
            raise ApiError(message, "missing_document_filter")
        shown = msgspec.json.encode(source).decode()
        return self._delete(uid, {"filter": source}, 0, shown)

    def _delete_all(self, _: Request, uid: str) -> Response:
        return self._delete(uid, {}, 0, None)

    def _delete(self, uid: str, work: Document, given: int, shown: str | None) -> Response:
        details: Document = {"deletedDocuments": None}
        if "ids" in work:
            details["providedIds"] = given
        if shown is not None:
            details["originalFilter"] = shown
        return enqueue(self._engine, NewTask(index_name(uid), _DELETION, details, work))


def _payload(request: Request) -> tuple[bytes, int]:
    """The body as the text of a JSON array, with its length; ApiError when it is malformed."""
    body = request.body.strip()
    if not body:
        message = "A json payload is missing."
        raise ApiError(message, "missing_payload")
    if request.content_type == "application/x-ndjson":
        body = b"[" + b",".join(line for line in body.splitlines() if line.strip()) + b"]"
    elif request.content_type not in ("application/json", ""):
        message = (
            f"The Content-Type `{request.content_type}` is invalid. Accepted values for the"
            " Content-Type header are: `application/json`, `application/x-ndjson`"
        )
        raise ApiError(message, "invalid_content_type", status=415)
    elif body.startswith(b"{"):
        body = b"[" + body + b"]"
    try:
        return body, len(msgspec.json.decode(body, type=list[msgspec.Raw]))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"The json payload provided is malformed. `{error}`."
        raise ApiError(message, "malformed_payload") from error


def _split(text: str | None) -> list[str]:
    return ["*"] if text is None else [part.strip() for part in text.split(",")]


def _strings(value: Json) -> list[str]:
    """The items of an array as text; ApiError when it is no array of names or numbers."""
    if isinstance(value, list):
        items = [str(item) for item in value if isinstance(item, str | int)]
        if len(items) == len(value):
            return items
    message = "Invalid value type: expected an array of strings."
    raise ApiError(message, "bad_request")
