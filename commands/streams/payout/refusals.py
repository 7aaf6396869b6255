"""Why something may not happen to payouts."""

from commands.refusals import Conflict, Unknown


class PayoutExists(Conflict):
    """A payout with this id exists already."""


class PayoutUnknown(Unknown):
    """No payout has this id."""


class NoPayoutDestination(Conflict):
    """The seller has no account with the payout provider: name a destination."""
