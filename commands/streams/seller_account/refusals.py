"""Why something may not happen to sellers' accounts."""

from commands.refusals import Conflict, Invalid


class NothingDue(Conflict):
    """Nothing is due to this seller."""


class AmountExceedsDue(Invalid):
    """More than what is due to this seller."""
