"""The shape of documents: nested attributes, attribute patterns, projections and primary keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from deploy.embedded.meilisearch.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

type Json = bool | int | float | str | list[Json] | dict[str, Json] | None
type Document = dict[str, Json]
type Leaf = tuple[str, Json]

_DOCUMENT_ID = re.compile(r"[A-Za-z0-9_-]{1,511}")


class Patterns:
    """An ordered list of attribute names, where `a` covers `a.b` and a trailing `*` any ending."""

    def __init__(self, patterns: Iterable[str]) -> None:
        self.names = tuple(patterns)
        self._ranks: dict[str, int | None] = {}

    def rank(self, path: str) -> int | None:
        """The position of the first pattern that covers a path, or None."""
        if path not in self._ranks:
            places = (i for i, name in enumerate(self.names) if _covers(name, path))
            self._ranks[path] = next(places, None)
        return self._ranks[path]

    def covers(self, path: str) -> bool:
        """Whether any pattern covers a path."""
        return self.rank(path) is not None

    @property
    def everything(self) -> bool:
        """Whether every attribute is covered."""
        return "*" in self.names


def _covers(name: str, path: str) -> bool:
    if name.endswith("*"):
        return path.startswith(name[:-1])
    return path == name or path.startswith(f"{name}.")


def flatten(document: Document) -> Iterator[Leaf]:
    """Every attribute path with each of its values.

    Arrays give one entry for each element; a nested object gives itself and then its own paths.
    """
    for key, value in document.items():
        yield from _walk(key, value)


def _walk(path: str, value: Json) -> Iterator[Leaf]:
    if isinstance(value, list) and value:
        for item in value:
            yield from _walk(path, item)
        return
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _walk(f"{path}.{key}", inner)


def project(document: Document, patterns: Patterns) -> Document:
    """The part of a document whose attributes the patterns cover."""
    if patterns.everything:
        return document
    return _project(document, patterns, "")


def _project(document: Document, patterns: Patterns, parent: str) -> Document:
    kept: Document = {}
    for key, value in document.items():
        path = f"{parent}{key}"
        if patterns.covers(path):
            kept[key] = value
        elif isinstance(value, dict):
            inner = _project(value, patterns, f"{path}.")
            if inner:
                kept[key] = inner
    return kept


def infer_primary_key(document: Document) -> str:
    """The only attribute whose name ends in `id`; ApiError when there is none or several."""
    candidates = [key for key in document if key.lower().endswith("id")]
    if len(candidates) == 1:
        return candidates[0]
    if not candidates:
        code = "index_primary_key_no_candidate_found"
        raise ApiError(
            code,
            "The primary key inference failed as the engine did not find any field ending with"
            " `id` in its name. Please specify the primary key manually.",
        )
    names = ", ".join(f"`{name}`" for name in candidates)
    code = "index_primary_key_multiple_candidates_found"
    message = f"The primary key inference failed as the engine found several candidates: {names}."
    raise ApiError(message, code)


def document_id(document: Document, primary_key: str) -> str:
    """The document's identifier as text; ApiError when it is missing or malformed."""
    if primary_key not in document:
        message = f"Document doesn't have a `{primary_key}` attribute: `{document}`."
        raise ApiError(message, "missing_document_id")
    value = document[primary_key]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and _DOCUMENT_ID.fullmatch(value):
        return value
    message = (
        f"Document identifier `{value}` is invalid. A document identifier can be of type integer"
        " or string, only composed of alphanumeric characters (a-z A-Z 0-9), hyphens (-) and"
        " underscores (_), and can not be more than 511 bytes."
    )
    raise ApiError(message, "invalid_document_id")
