"""Why there may be no such API key."""

from commands.refusals import Conflict, Invalid, Unknown


class ApiKeyUnknown(Unknown):
    """The seller has no such key."""


class ApiKeyExists(Conflict):
    """The key was issued already."""


class ApiKeyIsReplaced(Conflict):
    """Another key has taken the place of this one already."""


class LifetimeInvalid(Invalid):
    """A key is good for a year at most, and not for less than it overlaps."""
