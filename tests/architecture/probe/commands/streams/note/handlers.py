"""Handlers of notes."""

from commands.streams.note import decider
from commands.streams.note.messages import EraseNote, NoteAnswer, WriteNote
from commands.streams.note.state import NOTE

from commands.command import Policy
from commands.stream import Decision, States, Stream


def write(command: WriteNote, states: States, _: Policy) -> Decision:
    events = decider.write(command, states.of(NOTE, command.note_id, new=True))
    return events, NoteAnswer(note_id=command.note_id)


def erase(command: EraseNote, states: States, _: Policy) -> Decision:
    events = decider.erase(command, states.of(NOTE, command.note_id))
    return events, NoteAnswer(note_id=command.note_id)


STREAM = Stream(fold=NOTE, handlers={WriteNote: write, EraseNote: erase})
