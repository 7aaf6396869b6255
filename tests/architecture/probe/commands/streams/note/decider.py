"""Notes: written once, erased for good."""

from commands.streams.note.messages import EraseNote, WriteNote
from commands.streams.note.refusals import NoteExists, NoteUnknown
from commands.streams.note.state import Note
from eventstore.events.note import NoteErased, NoteWritten

from eventstore.events.base import Event


def write(command: WriteNote, note: Note) -> list[Event]:
    if note.there:
        raise NoteExists(field="note_id")
    return [NoteWritten(note_id=command.note_id, text=command.text)]


def erase(command: EraseNote, note: Note) -> list[Event]:
    if not note.there:
        raise NoteUnknown(field="note_id")
    return [NoteErased(note_id=command.note_id)]
