"""Why something may not happen to sellers."""

from commands.refusals import Conflict, Unknown


class SellerExists(Conflict):
    """A seller with this id is registered already."""


class SellerUnknown(Unknown):
    """No seller has this id."""


class SellerIsSuspended(Conflict):
    """The seller is suspended and cannot sell."""


class SellerNotVerified(Conflict):
    """The tax register has not confirmed the seller, or does no more."""


class SellerIsBlocked(Conflict):
    """The seller is restricted: nothing new is sold, and nothing is paid out."""
