"""Why something may not happen to notices."""

from commands.refusals import Conflict, Unknown


class NoticeExists(Conflict):
    """This notice was asked for already."""


class NoticeUnknown(Unknown):
    """There is no such notice."""


class NoticeIsSettled(Conflict):
    """What became of this notice is known already."""
