"""Decisions on speculative heads: ahead of the log by what waits to be committed."""

import contextlib
from collections.abc import Collection, Iterable

from eventstore.batch import Pending, Row, row_of
from eventstore.connection import Loader
from eventstore.errors import EventTooLarge, Refused, VersionMismatch
from eventstore.foreign import Foreign, advanced
from eventstore.heads import Fold, Head, Heads, NotLoaded, Read
from eventstore.limits import EVENT_BYTES_MAX


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
                if not new or pending.collided:
                    raise NotLoaded(stream)
                head = Head(0, self._fold.initial(stream))
            reads[stream] = head.version
            return head.state

        pending.reads = reads
        try:
            self._decide_on(read, reads, pending)
        except NotLoaded:
            raise
        except Refused as refusal:
            # Its traceback would hold the frame that holds this: a cycle for each refusal.
            pending.refused(refusal.with_traceback(None))
        except Exception as error:  # noqa: BLE001 - perhaps the state's fault, which may be old
            pending.refused(error)

    def _decide_on(self, read: Read, reads: dict[str, int], pending: Pending) -> None:
        events, answer = pending.request.decide(read)
        # Only after the decider, who says whether the caller may know anything of the stream.
        if (expected := pending.request.expected) is not None:
            read(expected[0], False)
            if reads[expected[0]] != expected[1]:
                raise VersionMismatch("it has changed since")
        rows: list[Row] = []
        heads: dict[str, Head] = {}
        before: dict[str, Head | None] = {}
        total = len(answer)
        for event in events:
            stream = event.stream
            head = heads.get(stream)
            if head is None:
                head = before[stream] = self._heads.get(stream)
                if head is None and stream not in reads:
                    raise NotLoaded(stream)  # Written without having been read.
                head = head or Head(0, self._fold.initial(stream))
            row = row_of(event, head.version + 1, pending.request.envelope)
            size = len(row.state)
            if size > EVENT_BYTES_MAX:
                raise EventTooLarge("what would be recorded is too large")
            state = self._fold.evolve(head.state, event)
            heads[stream] = Head(row.version, state, max(head.weight, size))
            reads.setdefault(stream, row.version - 1)
            rows.append(row)
            total += size
        # Only now that nothing can fail any more: a state must never be ahead of a row.
        for stream, head in heads.items():
            self._heads.put(stream, head)
        pending.decided(rows, answer, before, total)

    async def load_for(self, pendings: Iterable[Pending]) -> None:
        """In one query what deciding again will read. A fault shows where it belongs."""
        streams = {stream for pending in pendings for stream in pending.reads}
        missing = [stream for stream in streams if stream not in self._heads]
        if missing:
            with contextlib.suppress(Exception):
                await self._loader.load(missing)

    def take_back(
        self, decided: Iterable[Pending], tainted: set[str], lost: Collection[Pending] = ()
    ) -> list[Pending]:
        """Undo, newest first, the decisions that were `lost` or rest on `tainted` streams, and
        all that rest on those. `decided` is in the order of decision, and so is what is returned.
        """
        losers = set(map(id, lost))
        taken: list[Pending] = []
        for pending in decided:
            if id(pending) in losers or not tainted.isdisjoint(pending.reads):
                taken.append(pending)
                tainted.update(pending.before)
        for pending in reversed(taken):
            for stream, head in pending.before.items():
                if head is None:
                    self._heads.drop((stream,))
                else:
                    self._heads.put(stream, head)
            pending.before = {}
        return taken

    def catch_up(self, foreign: Iterable[Foreign]) -> None:
        """Advance the states in memory by what others have appended."""
        for event in foreign:
            head = self._heads.peek(event.stream)
            if head is not None:
                further = advanced(head, event, self._fold)
                if further is None:
                    self._heads.drop((event.stream,))
                elif further is not head:
                    self._heads.put(event.stream, further)
