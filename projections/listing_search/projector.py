"""The search index of listings in Meilisearch: idempotent by position, checkpoint after it."""

import asyncio
from collections.abc import Sequence
from typing import Any

import meilisearch
from meilisearch.errors import MeilisearchApiError

from eventstore.codec import Recorded
from projections import checkpoints
from projections.checkpoints import Connection
from projections.listing_search.documents import SETTINGS, Document, change, listing_ids

INDEX = "listings"
NEXT = "listings_next"
WAIT_MS = 60_000
IDS_MAX = 500


class ListingSearchModel:
    name = "listing_search"

    def __init__(self, url: str, key: str) -> None:
        self._client = meilisearch.Client(url, key, timeout=30)

    async def ensure(self, connection: Connection) -> None:
        await checkpoints.begin(connection, self.name)
        await asyncio.to_thread(self._ensure, INDEX)

    def _ensure(self, index: str) -> None:
        try:
            self._client.get_index(index)
        except MeilisearchApiError:
            self._wait(self._client.create_index(index, {"primaryKey": "listing_id"}))
            self._wait(self._client.index(index).update_settings(SETTINGS))

    def _wait(self, task: Any) -> None:
        done = self._client.wait_for_task(task.task_uid, timeout_in_ms=WAIT_MS)
        if done.status != "succeeded":
            raise RuntimeError(f"search task {done.uid} {done.status}: {done.error}")

    async def apply(self, connection: Connection, batch: Sequence[Recorded]) -> None:  # noqa: ARG002
        await asyncio.to_thread(self._apply, INDEX, batch)

    def _apply(self, index: str, batch: Sequence[Recorded]) -> None:
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

    async def begin_next(self, connection: Connection) -> None:  # noqa: ARG002 - the port's shape
        await asyncio.to_thread(self._begin_next)

    def _begin_next(self) -> None:
        self._client.wait_for_task(self._client.delete_index(NEXT).task_uid, WAIT_MS)
        self._ensure(NEXT)

    async def apply_next(self, connection: Connection, batch: Sequence[Recorded]) -> None:  # noqa: ARG002
        await asyncio.to_thread(self._apply, NEXT, batch)

    async def swap(self, connection: Connection, to: int) -> dict[str, tuple[int, int]]:
        """The live index may have seen more than `to`; from there it sees it again, harmlessly."""
        counts = await asyncio.to_thread(self._swap)
        await checkpoints.put(connection, self.name, to)
        return counts

    def _swap(self) -> dict[str, tuple[int, int]]:
        old, new = (
            self._client.index(index).get_stats().number_of_documents for index in (INDEX, NEXT)
        )
        self._wait(self._client.swap_indexes([{"indexes": [INDEX, NEXT]}]))
        self._wait(self._client.delete_index(NEXT))
        return {INDEX: (int(old), int(new))}
