"""Why something may not happen to escrow."""

from commands.refusals import Conflict, Invalid


class NothingHeld(Conflict):
    """No money is held in escrow here."""


class AmountExceedsHeld(Invalid):
    """More than what is held in escrow."""
