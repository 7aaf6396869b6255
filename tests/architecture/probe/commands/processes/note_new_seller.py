"""A note on each new seller."""

from collections.abc import Sequence

from commands.streams.note.messages import WriteNote

from commands.command import Actor
from commands.processes.process import NoState, Process
from commands.processes.reactions import Do, Reaction
from eventstore.codec import Recorded
from eventstore.events.base import Event
from eventstore.events.seller import SellerRegistered


class NoteNewSeller(Process[NoState]):
    name = "note-new-seller"
    state_type = NoState
    start = "now"

    def interested(self, event: Event) -> str | None:
        return event.seller_id if isinstance(event, SellerRegistered) else None

    def react(self, state: NoState, recorded: Recorded) -> Sequence[Reaction]:
        at = recorded.envelope.recorded_at
        seller_id = self.interested(recorded.event) or ""
        note = WriteNote(
            by=Actor("system", self.name), now=at, occurred_at=at, note_id=seller_id, text="new"
        )
        return [Do(f"{self.name}/{seller_id}", note)]
