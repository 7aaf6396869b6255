"""Why something may not happen to refunds."""

from commands.refusals import Conflict, Invalid, Unknown


class TooManyRefunds(Conflict):
    """Too many refunds of the order wait for a decision."""


class RefundExists(Conflict):
    """A refund with this id exists already."""


class RefundUnknown(Unknown):
    """No refund has this id."""


class RefundUndecided(Conflict):
    """A refund that nobody has decided on asks for what is held here."""


class RefundLegNotRefused(Conflict):
    """The provider has not refused this leg of the refund: its outcome is not ours to set."""


class RefundLegExists(Conflict):
    """The refund has a leg over this payment already."""


class ChargeNotReversed(Conflict):
    """The charge was not taken back by its provider."""


class ChargeIsReversed(Conflict):
    """The buyer's bank has taken the charge back: settle it as charged_back."""


class NothingOverpaid(Conflict):
    """Nothing was paid beyond what the order costs."""


class RefundAlreadyDecided(Conflict):
    """The refund has been approved or rejected already."""


class RefundNotApproved(Conflict):
    """The refund has not been approved."""


class RefundExceedsCaptured(Invalid):
    """More than what was captured and not yet refunded."""


class RefundLineUnknown(Invalid):
    """The order has no such line."""


class RefundQuantityTooLarge(Invalid):
    """More units than are left to refund on this line."""


class NothingToRefund(Conflict):
    """Nothing is left to refund."""
