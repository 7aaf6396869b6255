"""Why somebody may not act for a seller."""

from commands.refusals import Conflict, Forbidden, Unknown


class MemberUnknown(Unknown):
    """The account does not act for this seller."""


class IsMember(Conflict):
    """The account acts for the seller in this part already."""


class LastOwner(Conflict):
    """A seller has one owner at least: make somebody else owner first."""


class NoMember(Forbidden):
    """The account does not act for this seller."""
