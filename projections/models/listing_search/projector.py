"""The search index of listings in Meilisearch: idempotent by position, checkpoint after it."""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal
from zlib import crc32

import meilisearch
from meilisearch.errors import (
    MeilisearchApiError,
    MeilisearchCommunicationError,
    MeilisearchTimeoutError,
)

from eventstore.away import DATABASE_AWAY
from eventstore.codec import Recorded
from projections import checkpoints
from projections.checkpoints import Connection
from projections.keys import bucket_of, by_field
from projections.model import Digest, Rows
from projections.models.listing_search.documents import (
    SETTINGS,
    Document,
    change,
    listing_ids,
    refuse_unreadable,
)

INDEX = "listings"
NEXT = "listings_next"
KEY = by_field("listing_id", "listing", "stock")
WAIT_MS = 60_000
IDS_MAX = 500
PAGE = 1_000
# Answers of the server that say something about itself, not about the request.
NOT_NOW = {401, 403, 408, 429}
SERVER_ERROR = 500


AWAY = (
    MeilisearchCommunicationError,
    MeilisearchTimeoutError,
    OSError,
    *DATABASE_AWAY,
)


class SearchTaskFailed(RuntimeError):
    """The search server took a task and could not carry it out; `kind` says whose fault it is."""

    def __init__(self, task: int, error: Mapping[str, Any] | None) -> None:
        super().__init__(f"search task {task}: {error}")
        self.kind = str((error or {}).get("type", ""))


class ListingSearchModel:
    name = "listing_search"
    version = 2
    money = False
    store: Literal["meilisearch"] = "meilisearch"
    tables = (INDEX,)

    def __init__(self, url: str, key: str) -> None:
        self._client = meilisearch.Client(url, key, timeout=30)

    def key(self, recorded: Recorded) -> str:
        return KEY(recorded)

    def owns(self, _key: str) -> bool:
        return True

    def is_transient(self, error: Exception) -> bool:
        if isinstance(error, MeilisearchApiError):
            return error.status_code >= SERVER_ERROR or error.status_code in NOT_NOW
        if isinstance(error, SearchTaskFailed):
            return error.kind in {"internal", "system"}
        return isinstance(error, AWAY)

    def is_fault_of_ours(self, error: Exception) -> bool:
        """Such as an index that is not there: no event could be applied."""
        return isinstance(error, MeilisearchApiError) and not self.is_transient(error)

    async def ensure(self, connection: Connection) -> None:
        await checkpoints.begin(connection, self.name, self.version)
        await asyncio.to_thread(self._ensure, INDEX)

    def _ensure(self, index: str) -> None:
        if not self._exists(index):
            self._wait(self._client.create_index(index, {"primaryKey": "key"}))
            self._wait(self._client.index(index).update_settings(SETTINGS))

    def _exists(self, index: str) -> bool:
        try:
            self._client.get_index(index)
        except MeilisearchApiError as error:
            if str(error.code) == "index_not_found":  # pyright: ignore[reportUnknownMemberType,reportUnknownArgumentType]
                return False
            raise
        return True

    def _wait(self, task: Any) -> None:
        done = self._client.wait_for_task(task.task_uid, timeout_in_ms=WAIT_MS)
        if done.status != "succeeded":
            raise SearchTaskFailed(done.uid, done.error)

    async def apply(self, connection: Connection, batch: Sequence[Recorded]) -> None:  # noqa: ARG002
        await asyncio.to_thread(self._apply, INDEX, batch)

    def _apply(self, index: str, batch: Sequence[Recorded]) -> None:
        refuse_unreadable(batch)
        ids = listing_ids(batch)
        if not ids:
            return
        documents = self._fetch(index, ids)
        changed = {change(documents, recorded) for recorded in batch} - {None}
        if changed:
            update = [documents[listing_id] for listing_id in sorted(filter(None, changed))]
            self._wait(self._client.index(index).add_documents(update))

    def _fetch(self, index: str, ids: Sequence[str]) -> dict[str, Document]:
        found: dict[str, Document] = {}
        for start in range(0, len(ids), IDS_MAX):
            wanted = ", ".join(f'"{listing_id}"' for listing_id in ids[start : start + IDS_MAX])
            query = {"filter": f"listing_id IN [{wanted}]", "limit": IDS_MAX}
            for document in self._client.index(index).get_documents(query).results:
                fields: Document = dict(document)
                found[fields["listing_id"]] = fields
        return found

    async def begin_copy(self, connection: Connection) -> None:  # noqa: ARG002 - the port's shape
        await asyncio.to_thread(self._begin_copy)

    def _begin_copy(self) -> None:
        self._drop_copy()
        self._ensure(NEXT)

    async def has_copy(self, connection: Connection) -> bool:  # noqa: ARG002
        return await asyncio.to_thread(self._exists, NEXT)

    async def apply_copy(self, connection: Connection, batch: Sequence[Recorded]) -> None:  # noqa: ARG002
        await asyncio.to_thread(self._apply, NEXT, batch)

    def _drop_copy(self) -> None:
        if self._exists(NEXT):
            self._wait(self._client.delete_index(NEXT))

    def _documents(self, index: str) -> Iterator[tuple[str, dict[str, object]]]:
        offset = 0
        while True:
            query = {"limit": PAGE, "offset": offset}
            page = self._client.index(index).get_documents(query).results
            for document in page:
                fields: Document = dict(document)
                yield fields["listing_id"], fields
            if len(page) < PAGE:
                return
            offset += PAGE

    async def digests(
        self,
        connection: Connection,  # noqa: ARG002
        table: str,  # noqa: ARG002
        buckets: int,
        *,
        copy: bool,
    ) -> Mapping[int, Digest]:
        return await asyncio.to_thread(self._digests, NEXT if copy else INDEX, buckets)

    def _digests(self, index: str, buckets: int) -> dict[int, Digest]:
        found: dict[int, Digest] = {}
        for listing_id, document in self._documents(index):
            bucket = bucket_of(listing_id, buckets)
            before = found.get(bucket, Digest(0, 0))
            checksum = crc32(json.dumps(document, sort_keys=True).encode())
            found[bucket] = Digest(before.rows + 1, before.checksum + checksum)
        return found

    async def rows(
        self,
        connection: Connection,  # noqa: ARG002
        table: str,  # noqa: ARG002
        bucket: int,
        buckets: int,
        *,
        copy: bool,
    ) -> Rows:
        return await asyncio.to_thread(self._rows, NEXT if copy else INDEX, bucket, buckets)

    def _rows(self, index: str, bucket: int, buckets: int) -> Rows:
        return {
            listing_id: document
            for listing_id, document in self._documents(index)
            if bucket_of(listing_id, buckets) == bucket
        }

    def fold(self, bucket: int, buckets: int) -> "ListingSearchFold":
        return ListingSearchFold(bucket, buckets)

    async def swap(self, connection: Connection) -> None:  # noqa: ARG002
        """The live index may have seen more; from the checkpoint it sees it again, harmlessly."""
        await asyncio.to_thread(self._swap)

    def _swap(self) -> None:
        self._wait(self._client.swap_indexes([{"indexes": [INDEX, NEXT]}]))
        self._wait(self._client.delete_index(NEXT))


class ListingSearchFold:
    """The documents that the log alone gives."""

    def __init__(self, bucket: int, buckets: int) -> None:
        self._bucket = bucket
        self._buckets = buckets
        self._found: dict[str, Document] = {}

    def add(self, batch: Sequence[Recorded]) -> None:
        refuse_unreadable(batch)
        for recorded in batch:
            change(self._found, recorded)

    def rows(self, table: str) -> Rows:  # noqa: ARG002 - there is one
        return {
            listing_id: document
            for listing_id, document in self._found.items()
            if bucket_of(listing_id, self._buckets) == self._bucket
        }
