"""Why something may not happen to accounts."""

from commands.refusals import Conflict, Unknown


class AccountExists(Conflict):
    """The account is registered already."""


class AccountUnknown(Unknown):
    """There is no such account."""


class PasswordWasReset(Conflict):
    """The password was reset meanwhile: sign in again."""
