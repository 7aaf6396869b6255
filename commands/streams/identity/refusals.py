"""Why an identity may not be linked or unlinked."""

from commands.refusals import Conflict, Unknown


class IdentityTaken(Conflict):
    """The identity belongs to another account."""


class IdentityIsLinked(Conflict):
    """The identity is linked to this account already."""


class IdentityUnknown(Unknown):
    """There is no such identity of this account."""
