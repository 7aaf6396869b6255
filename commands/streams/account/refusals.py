"""Why something may not happen to accounts."""

from commands.refusals import Conflict, Forbidden, Unknown


class AccountExists(Conflict):
    """The account is registered already."""


class AccountUnknown(Unknown):
    """There is no such account."""


class RoleIsHeld(Conflict):
    """The account has this role already."""


class RoleIsNotHeld(Conflict):
    """The account does not have this role."""


class OwnRoles(Forbidden):
    """Nobody changes their own roles."""


class NoStaff(Forbidden):
    """The account is nobody of staff, or has not shown a second factor of its own."""


class FactorUnknown(Unknown):
    """There is no such second factor of this account."""


class FactorExists(Conflict):
    """This second factor was added already."""


class TooManyFactors(Conflict):
    """An account has ten second factors at most: remove one first."""


class ContactIsOther(Conflict):
    """The contact was changed meanwhile: begin again."""


class TooManyChanges(Conflict):
    """A contact was changed five times in a week: come again later."""


class NothingToRecover(Conflict):
    """The account has no second factor that could be lost."""


class RecoveryUnderWay(Conflict):
    """A wait has begun already."""


class RecoveryUnknown(Unknown):
    """There is no such wait."""


class RecoveryNotDue(Conflict):
    """The wait is not over."""


class RecoveryNotApproved(Conflict):
    """Of staff, two other superadmins must have approved it."""


class ApprovedAlready(Conflict):
    """You have approved it already."""


class ChangeUnknown(Unknown):
    """There is no such change that could be undone."""


class PasswordWasReset(Conflict):
    """The password was reset meanwhile: sign in again."""
