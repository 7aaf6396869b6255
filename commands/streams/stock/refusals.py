"""Why something may not happen to stock."""

from commands.refusals import Conflict


class OutOfStock(Conflict):
    """There is not enough stock."""


class ReservationTooSmall(Conflict):
    """Fewer units are reserved than this would take."""
