"""What can be asked of an attempt's stream."""

from commands.command import Command


class RecordAttempt(Command, frozen=True, kw_only=True):
    """Asked in the name of whoever was refused."""

    attempt_id: str
    route: str
    path: str
    status: int
    code: str
