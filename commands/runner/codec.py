"""Commands to bytes and back, for deadlines that wait in the database."""

import msgspec

from commands.command import Command
from commands.write_model import HANDLERS

_TYPES: dict[str, type[Command]] = {command.__name__: command for command in HANDLERS}
_ENCODER = msgspec.json.Encoder()


class _Named(msgspec.Struct):
    name: str
    command: msgspec.Raw


def dump(command: Command) -> bytes:
    body = msgspec.Raw(_ENCODER.encode(command))
    return _ENCODER.encode(_Named(type(command).__name__, body))


def load(data: bytes) -> Command:
    named = msgspec.json.decode(data, type=_Named)
    return msgspec.json.decode(named.command, type=_TYPES[named.name])
