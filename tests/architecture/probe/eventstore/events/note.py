"""Facts about a note."""

from eventstore.events.base import Event
from eventstore.personal import Personal


def note_stream(note_id: str) -> str:
    return f"note-{note_id}"


class NoteEvent(Event, frozen=True, kw_only=True):
    note_id: str

    @property
    def stream(self) -> str:
        return note_stream(self.note_id)


class NoteWritten(NoteEvent, frozen=True, kw_only=True, tag="note.written.v1"):
    text: Personal[str]


class NoteErased(NoteEvent, frozen=True, kw_only=True, tag="note.erased.v1"):
    pass
