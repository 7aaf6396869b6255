"""Why something may not happen to payments."""

from commands.refusals import Conflict, Invalid, Unknown


class PaymentExists(Conflict):
    """A payment with this id exists already."""


class TooManyPayments(Conflict):
    """The order has as many payments as one may have."""


class PaymentInProgress(Conflict):
    """A payment of this order is under way: wait for its outcome."""


class PaymentUnknown(Unknown):
    """No payment has this id."""


class ProviderUnknown(Invalid):
    """The marketplace has no such payment provider."""
