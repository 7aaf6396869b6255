"""Decisions on speculative heads: ahead of the log by what waits to be committed."""

import contextlib
from collections.abc import Iterable

from eventstore.batch import Pending, Row, row_of
from eventstore.connection import Loader
from eventstore.errors import Refused, VersionMismatch
from eventstore.heads import Fold, Head, Heads, NotLoaded


class Speculation:
    """Decides commands on the newest states, committed or not, and advances those states.

    Whoever uses it makes sure that no answer is given before what it rests on is committed.
    """

    def __init__(self, fold: Fold, heads: Heads, loader: Loader) -> None:
        self._fold = fold
        self._heads = heads
        self._loader = loader

    async def decide(self, pending: Pending) -> None:
        """Without a pause when all that is read is in memory, as it is for what is hot."""
        while missing := self._missing(pending):
            pending.needs.update(missing)
            await self._loader.load(missing)

    def _missing(self, pending: Pending) -> list[str]:
        """What must be loaded before the command can be decided; none when it has been."""
        try:
            self._decide_now(pending)
        except NotLoaded as needed:
            known = dict.fromkeys((needed.stream, *pending.request.streams()))
            return [stream for stream in known if stream not in self._heads]
        return []

    def _decide_now(self, pending: Pending) -> None:
        reads: dict[str, int] = {}

        def read(stream: str, new: bool) -> object:
            head = self._heads.get(stream)
            if head is None:
                # An unknown stream may be taken for empty once: the append would notice.
                if not new or pending.attempts:
                    raise NotLoaded(stream)
                head = Head(0, self._fold.initial(stream))
            reads[stream] = head.version
            return head.state

        pending.reads = reads
        try:
            if (expected := pending.request.expected) is not None:
                read(expected[0], False)
                if reads[expected[0]] != expected[1]:
                    raise VersionMismatch("it has changed since")
            events, answer = pending.request.decide(read)
        except Refused as refusal:
            pending.refused(refusal)
            return
        rows: list[Row] = []
        heads: dict[str, Head] = {}
        for event in events:
            stream = event.stream
            head = heads.get(stream) or self._heads.get(stream)
            head = head or Head(0, self._fold.initial(stream))
            head = Head(head.version + 1, self._fold.evolve(stream, head.state, event))
            heads[stream] = head
            reads.setdefault(stream, head.version - 1)
            rows.append(row_of(event, head.version, pending.request.envelope))
        # Only now that nothing can fail any more: a state must never be ahead of a row.
        for stream, head in heads.items():
            self._heads.put(stream, head)
        pending.decided(rows, answer)

    async def load_for(self, pendings: Iterable[Pending]) -> None:
        """In one query what deciding again will read. A fault shows where it belongs."""
        streams = {stream for pending in pendings for stream in pending.reads}
        missing = [stream for stream in streams if stream not in self._heads]
        if missing:
            with contextlib.suppress(Exception):
                await self._loader.load(missing)

    def forget(self, pendings: Iterable[Pending]) -> None:
        for pending in pendings:
            self._heads.drop(pending.reads)
