"""Read models in Meilisearch: idempotent by position, the checkpoint comes after the index."""

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
from projections.keys import bucket_of
from projections.model import Digest, Rows
from projections.stores.meilisearch.index import Document, IndexFold, SearchIndex

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


class SearchModel:
    """Lives in the index that is declared; a rebuild fills `<index>_next` and swaps the two."""

    store: Literal["meilisearch"] = "meilisearch"

    def __init__(self, declared: SearchIndex, url: str, key: str) -> None:
        self.name = declared.name
        self.version = declared.version
        self.money = declared.money
        self.key = declared.key
        self.tables = (declared.index,)
        self._declared = declared
        self._live = declared.index
        self._copy = f"{declared.index}_next"
        self._client = meilisearch.Client(url, key, timeout=30)

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
        await asyncio.to_thread(self._ensure, self._live)

    def _ensure(self, index: str) -> None:
        """Whoever is broken off between the two leaves an index that filters by nothing."""
        if not self._exists(index):
            self._wait(self._client.create_index(index, {"primaryKey": "key"}))
        elif self._filters(index):
            return
        self._wait(self._client.index(index).update_settings(dict(self._declared.settings)))

    def _filters(self, index: str) -> bool:
        try:
            self._fetch(index, ["~"])
        except MeilisearchApiError as error:
            if "filter" in str(error.code):  # pyright: ignore[reportUnknownMemberType,reportUnknownArgumentType]
                return False
            raise
        return True

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
        await asyncio.to_thread(self._apply, self._live, batch)

    def _apply(self, index: str, batch: Sequence[Recorded]) -> None:
        self._declared.refuse_unreadable(batch)
        ids = dict.fromkeys(filter(None, map(self._declared.id_of, batch)))
        if not ids:
            return
        documents = self._fetch(index, list(ids))
        changed = {self._declared.change(documents, recorded) for recorded in batch} - {None}
        if changed:
            update = [documents[identity] for identity in sorted(filter(None, changed))]
            self._wait(self._client.index(index).add_documents(update))

    def _fetch(self, index: str, ids: Sequence[str]) -> dict[str, Document]:
        found: dict[str, Document] = {}
        id_field = self._declared.id_field
        for start in range(0, len(ids), IDS_MAX):
            wanted = ", ".join(f'"{identity}"' for identity in ids[start : start + IDS_MAX])
            query = {"filter": f"{id_field} IN [{wanted}]", "limit": IDS_MAX}
            for document in self._client.index(index).get_documents(query).results:
                fields: Document = dict(document)
                found[fields[id_field]] = fields
        return found

    async def begin_copy(self, connection: Connection) -> None:  # noqa: ARG002 - the port's shape
        await asyncio.to_thread(self._begin_copy)

    def _begin_copy(self) -> None:
        self._drop_copy()
        self._ensure(self._copy)

    async def has_copy(self, connection: Connection) -> bool:  # noqa: ARG002
        return await asyncio.to_thread(self._exists, self._copy)

    async def apply_copy(self, connection: Connection, batch: Sequence[Recorded]) -> None:  # noqa: ARG002
        await asyncio.to_thread(self._apply, self._copy, batch)

    def _drop_copy(self) -> None:
        if self._exists(self._copy):
            self._wait(self._client.delete_index(self._copy))

    def _documents(self, index: str) -> Iterator[tuple[str, dict[str, object]]]:
        offset = 0
        while True:
            query = {"limit": PAGE, "offset": offset}
            page = self._client.index(index).get_documents(query).results
            for document in page:
                fields: Document = dict(document)
                yield fields[self._declared.id_field], fields
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
        return await asyncio.to_thread(self._digests, self._copy if copy else self._live, buckets)

    def _digests(self, index: str, buckets: int) -> dict[int, Digest]:
        found: dict[int, Digest] = {}
        for identity, document in self._documents(index):
            bucket = bucket_of(identity, buckets)
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
        return await asyncio.to_thread(
            self._rows, self._copy if copy else self._live, bucket, buckets
        )

    def _rows(self, index: str, bucket: int, buckets: int) -> Rows:
        return {
            identity: document
            for identity, document in self._documents(index)
            if bucket_of(identity, buckets) == bucket
        }

    def fold(self, bucket: int, buckets: int) -> IndexFold:
        return IndexFold(self._declared, bucket, buckets)

    async def swap(self, connection: Connection) -> None:  # noqa: ARG002
        """The live index may have seen more; from the checkpoint it sees it again, harmlessly."""
        await asyncio.to_thread(self._swap)

    def _swap(self) -> None:
        self._wait(self._client.swap_indexes([{"indexes": [self._live, self._copy]}]))
        self._wait(self._client.delete_index(self._copy))
