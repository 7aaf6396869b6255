"""Why something may not happen to sessions."""

from commands.refusals import Conflict, Forbidden, Unknown


class SessionExists(Conflict):
    """The session was started already."""


class SessionUnknown(Unknown):
    """There is no such session of this account."""


class SessionIsOver(Conflict):
    """The session has ended."""


class IdentityIsLoose(Forbidden):
    """The identity is linked to the account no more."""


class AccountIsBlocked(Forbidden):
    """The account is restricted."""
