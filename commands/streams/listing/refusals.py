"""Why something may not happen to listings."""

from commands.refusals import Conflict, Unknown


class ListingExists(Conflict):
    """A listing with this id exists already."""


class ListingUnknown(Unknown):
    """No listing has this id."""


class ListingIsRetired(Conflict):
    """The listing is no longer for sale."""
