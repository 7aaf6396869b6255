"""What the handlers share: index names, request members, numbers and enqueueing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploy.embedded.meilisearch.errors import ApiError
from deploy.embedded.meilisearch.http import Request, Response

if TYPE_CHECKING:
    from collections.abc import Collection

    from deploy.embedded.meilisearch.documents import Document, Json
    from deploy.embedded.meilisearch.engine import Engine
    from deploy.embedded.meilisearch.task_log import NewTask

_UID = re.compile(r"[A-Za-z0-9_-]{1,512}")


def checked_uid(uid: Json) -> str:
    """A well-formed index name; ApiError otherwise."""
    if not isinstance(uid, str):
        message = "Missing field `uid`."
        raise ApiError(message, "missing_index_uid")
    return index_name(uid)


def index_name(uid: str) -> str:
    """A well-formed index name; ApiError otherwise."""
    if not _UID.fullmatch(uid):
        message = (
            f"`{uid}` is not a valid index uid. Index uid can be an integer or a string containing"
            " only alphanumeric characters, hyphens (-) and underscores (_), and can not be more"
            " than 512 bytes."
        )
        raise ApiError(message, "invalid_index_uid")
    return uid


def members(request: Request, known: Collection[str]) -> Document:
    """The JSON object of a body; ApiError when it is none or has unknown members."""
    body = request.json()
    if not isinstance(body, dict):
        message = "Invalid value type: expected an object."
        raise ApiError(message, "bad_request")
    for name in body:
        if name not in known:
            names = ", ".join(f"`{each}`" for each in sorted(known))
            message = f"Unknown field `{name}`: expected one of {names}"
            raise ApiError(message, "bad_request")
    return body


def integer(request: Request, name: str, default: int, code: str) -> int:
    """A number of at least 0 from the query string; ApiError when it is none."""
    text = request.query.get(name)
    if text is None:
        return default
    if not text.isdecimal():
        message = f"Invalid value in parameter `{name}`: could not parse `{text}` as a number."
        raise ApiError(message, code)
    return int(text)


def enqueue(engine: Engine, task: NewTask) -> Response:
    """Queue a task; the summary with which every changing route answers."""
    return Response(202, engine.tasks.enqueue(task))
