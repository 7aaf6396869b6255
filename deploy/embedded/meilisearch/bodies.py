"""The bodies that requests have and that answers give."""

import re
from typing import Annotated

import msgspec

from deploy.embedded.meilisearch.errors import ApiError, ErrorBody

type Scalar = bool | int | float | str | None
type Document = dict[str, Scalar]
type Natural = Annotated[int, msgspec.Meta(ge=0)]
type Attribute = Annotated[str, msgspec.Meta(pattern=r"^\w+$")]

SEARCHABLE_MAX = 8
_MEMBER = re.compile(r"at `\$\S*?\.(\w+)")


class NewIndex(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    uid: str
    primary_key: str


class Settings(msgspec.Struct, frozen=True, rename="camel"):
    """As they are stored; earlier versions stored more."""

    searchable_attributes: list[str] = []
    filterable_attributes: list[str] = []
    sortable_attributes: list[str] = []


class NewSettings(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    searchable_attributes: Annotated[list[Attribute], msgspec.Meta(max_length=SEARCHABLE_MAX)]
    filterable_attributes: list[Attribute]
    sortable_attributes: list[Attribute]


class Swap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    indexes: tuple[str, str]


class Fetch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    filter: str | None = None
    offset: Natural = 0
    limit: Natural = 20


class Search(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    q: str = ""
    filter: list[str] = []
    facets: list[str] = []
    sort: Annotated[list[str], msgspec.Meta(max_length=1)] = []
    offset: Natural = 0
    limit: Natural = 20


class IndexView(msgspec.Struct, frozen=True, rename="camel"):
    uid: str
    primary_key: str
    created_at: str
    updated_at: str


class FetchAnswer(msgspec.Struct, frozen=True):
    results: list[msgspec.Raw]
    offset: int
    limit: int
    total: int


class SearchAnswer(msgspec.Struct, frozen=True, rename="camel"):
    hits: list[msgspec.Raw]
    estimated_total_hits: int
    processing_time_ms: int
    facet_distribution: dict[str, dict[str, int]]


class TaskSummary(msgspec.Struct, frozen=True, rename="camel"):
    """What is said of a task when it is taken."""

    task_uid: int
    index_uid: str | None
    status: str
    type: str
    enqueued_at: str


class TaskView(msgspec.Struct, frozen=True, rename="camel"):
    uid: int
    index_uid: str | None
    type: str
    status: str
    enqueued_at: str
    started_at: str | None
    finished_at: str | None
    error: ErrorBody | None


def decode[T](body: bytes, shape: type[T], about: str) -> T:
    """The body as a `shape`; ApiError with the code of the member of `about` that is wrong."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        member = _MEMBER.search(str(error))
        code = f"invalid_{about}_{_snake(member[1])}" if member else "bad_request"
        raise ApiError(f"Invalid value: {error}", code) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"The json payload provided is malformed. `{error}`."
        raise ApiError(message, "malformed_payload") from error


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", r"_\1", name).lower()
