"""Notes as they are."""

from importlib.resources import files

from eventstore.events.note import NoteErased, NoteWritten

from eventstore.codec import Recorded
from projections.stores.postgresql.projector import Projector
from projections.stores.postgresql.tables import Table, Writes

NOTES = Table("notes", ("note_id",), {"note_id": "text", "text": "text"})


def on_written(event: NoteWritten, _: Recorded, writes: Writes) -> None:
    writes.insert(NOTES, note_id=event.note_id, text=event.text)


def on_erased(event: NoteErased, _: Recorded, writes: Writes) -> None:
    writes.set(NOTES, (event.note_id,), text="")


PROJECTOR = Projector(
    name="notes",
    schema=(files(__package__) / "schema.sql").read_text(),
    tables=(NOTES,),
    handlers={NoteWritten: on_written, NoteErased: on_erased},
)
