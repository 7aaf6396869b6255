"""What a process manager may ask for. Ids are derived from what it reacts to, never drawn."""

from datetime import datetime

import msgspec

from commands.command import Command
from commands.outside.call import OutsideCall


class Do(msgspec.Struct, frozen=True, gc=False):
    """Send a command; the id makes it happen once however often the process asks."""

    command_id: str
    command: Command


class Schedule(msgspec.Struct, frozen=True, gc=False):
    """Ask the process what is due when the time comes, unless the deadline is over by then."""

    instance: str
    due_at: datetime


class Unschedule(msgspec.Struct, frozen=True, gc=False):
    """The deadline is over, even if it is only scheduled later."""

    instance: str


class Call(msgspec.Struct, frozen=True, gc=False):
    """The log says that the outside must be called."""

    call: OutsideCall


class CallDone(msgspec.Struct, frozen=True, gc=False):
    """The outcome of the port's call of this kind and key is in the log, whoever made it."""

    port: str
    kind: str
    key: str


type Reaction = Do | Schedule | Unschedule | Call | CallDone
