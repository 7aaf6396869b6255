"""Notes."""

from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath
from projections.models.notes import queries as notes
from projections.models.notes.queries import NoteView

from eventstore.identity import permission
from read_api.reader import Reader
from read_api.route import Topic, query_route

READ = permission("notes:read", "buyer", "operator")


@query_route("/v1/notes/{note_id:str}", tag="notes", permission=READ)
async def get_note(note_id: FromPath[str], reader: NamedDependency[Reader]) -> Response[NoteView]:
    """A note."""
    return reader.answer(await reader.one("note", notes.note, note_id))


TOPIC = Topic([get_note])
