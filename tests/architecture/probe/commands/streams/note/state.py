"""What a note remembers: whether it is there."""

import msgspec
from eventstore.events.note import NoteErased, note_stream

from commands.stream import Fold
from eventstore.events.base import Event


class Note(msgspec.Struct, frozen=True, gc=False):
    there: bool = False


INITIAL = Note()


def evolve(note: Note, event: Event) -> Note:
    return Note(there=not isinstance(event, NoteErased))


NOTE: Fold[Note] = Fold("note", note_stream, INITIAL, evolve)
