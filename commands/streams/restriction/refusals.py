"""Why something may not happen to restrictions."""

from commands.refusals import Conflict, Forbidden, Invalid


class RestrictionIsImposed(Conflict):
    """It is restricted already: lift that first."""


class NotRestricted(Conflict):
    """It is not restricted, or not by this any more."""


class RestrictsThemselves(Forbidden):
    """Nobody restricts themselves, or lifts what they are restricted by."""


class PeriodIsOver(Invalid):
    """The period must end in the future."""


class IsStaff(Conflict):
    """The account is of staff: a superadmin revokes its roles first."""
