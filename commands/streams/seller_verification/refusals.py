"""Why a seller may not be verified."""

from commands.refusals import Conflict, Unknown


class DetailsUnknown(Unknown):
    """The seller has not said yet who they are."""


class CheckUnderWay(Conflict):
    """The register is being asked already."""


class CheckUnknown(Unknown):
    """Nothing is being asked under this id."""
