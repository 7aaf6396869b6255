"""Why something may not happen to notes."""

from commands.refusals import Conflict, Unknown


class NoteExists(Conflict):
    """A note with this id exists already."""


class NoteUnknown(Unknown):
    """No note has this id."""
