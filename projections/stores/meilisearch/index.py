"""What a read model in Meilisearch is: an index, its settings, and a table of handlers."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.unreadable import is_readable
from projections.keys import bucket_of
from projections.model import Rows
from projections.query import Store

type Document = dict[str, Any]
type Change = Callable[[Document | None, Any, Recorded], Document | None]

PLAIN = re.compile(r"[A-Za-z0-9_-]+")
HEX = "hex--"


class SearchIndex(msgspec.Struct, frozen=True, kw_only=True):
    """A read model of one document an id; `id_field` is the id's name in events and documents.

    A handler gives the document after an event, from what it was before (None: there is none
    yet), or None where the event changes nothing. The model adds `key`, the document's name on
    the server, and `position`, that of the last event in it: what it has seen it does not see
    again. Whoever changes what the documents mean raises `version`: the index is then rebuilt.
    """

    name: str
    version: int = 1
    index: str
    id_field: str
    settings: Mapping[str, Any]
    handlers: Mapping[type[Event], Change]
    key: Callable[[Recorded], str]
    money: bool = False
    store: Store = "meilisearch"

    def __post_init__(self) -> None:
        if self.id_field not in self.settings["filterableAttributes"]:
            raise ValueError(
                f"{self.name}: documents are fetched by {self.id_field}: let it filter"
            )

    def id_of(self, recorded: Recorded) -> str | None:
        """The id of the document that the event may change."""
        if type(recorded.event) not in self.handlers:
            return None
        return str(getattr(recorded.event, self.id_field))

    def refuse_unreadable(self, batch: Sequence[Recorded]) -> None:
        """Raises `EventUnreadable` at one that may concern the index."""
        for recorded in batch:
            is_readable(recorded, self.handlers)

    def change(self, documents: dict[str, Document], recorded: Recorded) -> str | None:
        """Apply an event; the id of the changed document."""
        identity = self.id_of(recorded)
        if identity is None:
            return None
        before = documents.get(identity)
        if before is not None and before["position"] >= recorded.position:
            return None
        after = self.handlers[type(recorded.event)](before, recorded.event, recorded)
        if after is None:
            return None
        documents[identity] = {
            **after,
            "key": document_key(identity),
            "position": recorded.position,
        }
        return identity


def document_key(identity: str) -> str:
    """The search server's keys have letters, digits, - and _ only; ours may have more."""
    if PLAIN.fullmatch(identity) and not identity.startswith(HEX):
        return identity
    return HEX + identity.encode().hex()


class IndexFold:
    """The documents that the log alone gives."""

    def __init__(self, declared: SearchIndex, bucket: int = 0, buckets: int = 1) -> None:
        self._declared = declared
        self._bucket = bucket
        self._buckets = buckets
        self._found: dict[str, Document] = {}

    def add(self, batch: Sequence[Recorded]) -> None:
        self._declared.refuse_unreadable(batch)
        for recorded in batch:
            self._declared.change(self._found, recorded)

    def rows(self, table: str) -> Rows:  # noqa: ARG002 - there is one
        return {
            identity: document
            for identity, document in self._found.items()
            if bucket_of(identity, self._buckets) == self._bucket
        }
