"""What can be asked of a note's stream."""

from commands.command import Answer, Command


class WriteNote(Command, frozen=True, kw_only=True):
    note_id: str
    text: str


class EraseNote(Command, frozen=True, kw_only=True):
    note_id: str


class NoteAnswer(Answer, frozen=True, kw_only=True):
    note_id: str
