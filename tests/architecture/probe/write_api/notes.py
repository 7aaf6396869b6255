"""Notes."""

from http import HTTPStatus

from commands.streams.note.messages import EraseNote, NoteAnswer, WriteNote
from eventstore.events.note import note_stream
from litestar import Response
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from eventstore.identity import permission
from write_api.bodies import Body, EmptyBody, Id, Text, fits
from write_api.caller import Caller
from write_api.route import Topic, command_route

WRITE = permission("notes:write", "buyer", "operator")


class NoteBody(Body, frozen=True, kw_only=True):
    text: Text
    note_id: Id | None = None

    def __post_init__(self) -> None:
        fits("text", self.text)


@command_route(
    "/v1/notes",
    tag="notes",
    permission=WRITE,
    status=HTTPStatus.CREATED,
    request={"text": "two bells"},
)
async def write_note(
    data: JSONBody[NoteBody], caller: NamedDependency[Caller]
) -> Response[NoteAnswer]:
    """Write a note."""
    note_id = caller.new_id(data.note_id)
    command = WriteNote(note_id=note_id, text=data.text, **caller.asks(data))
    return await caller.send(command, note_stream(note_id))


@command_route("/v1/notes/{note_id:str}/erase", tag="notes", permission=WRITE, request={})
async def erase_note(
    note_id: FromPath[str], data: JSONBody[EmptyBody], caller: NamedDependency[Caller]
) -> Response[NoteAnswer]:
    """Erase a note."""
    command = EraseNote(note_id=note_id, **caller.asks(data))
    return await caller.send(command, note_stream(note_id))


TOPIC = Topic([write_note, erase_note])
