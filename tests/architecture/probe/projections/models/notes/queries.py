"""Queries of the notes model."""

import msgspec
from psycopg.rows import class_row

from projections.query import Connection, reads


class NoteView(msgspec.Struct, frozen=True, kw_only=True):
    note_id: str
    text: str


NOTE = "SELECT note_id, text FROM rm_notes.notes WHERE note_id = %s"


@reads("notes")
async def note(connection: Connection, note_id: str) -> NoteView | None:
    async with connection.cursor(row_factory=class_row(NoteView)) as cursor:
        await cursor.execute(NOTE, [note_id])
        return await cursor.fetchone()
