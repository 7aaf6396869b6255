"""Search parameters: their names, types and defaults, from a JSON body or a query string."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from deploy.embedded.meilisearch.documents import Document, Json
from deploy.embedded.meilisearch.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

_ERROR_PATH = re.compile(r"\$\.(\w+)")
_LISTS = frozenset(
    (
        "attributesToRetrieve",
        "attributesToHighlight",
        "attributesToSearchOn",
        "facets",
        "sort",
    )
)
_NUMBERS = frozenset(("limit", "offset", "page", "hitsPerPage"))


class SearchRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True, frozen=True):
    """The parameters of one search; a page or its size asks for exact totals."""

    q: str | None = None
    filter: str | list[str | list[str]] | None = None
    facets: list[str] | None = None
    sort: list[str] | None = None
    limit: int = 20
    offset: int = 0
    page: int | None = None
    hits_per_page: int | None = None
    attributes_to_retrieve: list[str] | None = None
    attributes_to_highlight: list[str] | None = None
    attributes_to_search_on: list[str] | None = None
    highlight_pre_tag: str = "<em>"
    highlight_post_tag: str = "</em>"
    matching_strategy: str = "last"

    @property
    def paged(self) -> bool:
        """Whether results are counted in pages."""
        return self.page is not None or self.hits_per_page is not None

    def window(self, max_total_hits: int) -> tuple[int, int]:
        """The first and the end position of the hits to show."""
        if self.paged:
            size = 20 if self.hits_per_page is None else self.hits_per_page
            page = 1 if self.page is None else self.page
            start = (page - 1) * size
            # Page 0 is a valid question for the totals alone.
            end = start + size if page else start
        else:
            start, end = self.offset, self.offset + self.limit
        return min(max(start, 0), max_total_hits), min(max(end, 0), max_total_hits)


def parse_request(body: Json) -> SearchRequest:
    """The request of a JSON body; ApiError naming the parameter that is wrong."""
    members = {k: v for k, v in body.items() if v is not None} if isinstance(body, dict) else body
    try:
        request = msgspec.convert(members, SearchRequest)
    except msgspec.ValidationError as error:
        place = _ERROR_PATH.search(str(error))
        code = f"invalid_search_{_snake(place[1])}" if place else "bad_request"
        message = f"Invalid value: {error}"
        raise ApiError(message, code) from error
    for name in ("limit", "offset", "page", "hits_per_page"):
        value = getattr(request, name)
        if value is not None and value < 0:
            message = f"Invalid value at `.{name}`: expected a number of at least 0, got {value}."
            raise ApiError(message, f"invalid_search_{name}")
    if request.matching_strategy not in ("last", "all", "frequency"):
        message = f"Unknown value `{request.matching_strategy}` at `.matchingStrategy`."
        raise ApiError(message, "invalid_search_matching_strategy")
    return request


def parse_query_string(parameters: Mapping[str, str]) -> SearchRequest:
    """The request of a query string, where lists are separated by commas."""
    body: Document = {}
    for name, value in parameters.items():
        if name in _LISTS:
            # A comma may also stand inside the parentheses of a sort expression.
            body[name] = [item.strip() for item in value.split(",")]
        elif name in _NUMBERS:
            body[name] = int(value) if value.isdigit() else value
        elif name == "filter" and value.lstrip().startswith("["):
            body[name] = _json_or_text(value)
        else:
            body[name] = value
    return parse_request(body)


def _json_or_text(value: str) -> Json:
    try:
        decoded: Json = msgspec.json.decode(value)
    except msgspec.DecodeError:
        return value
    return decoded


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", r"_\1", name).lower()
