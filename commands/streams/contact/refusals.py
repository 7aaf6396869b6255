"""Why an address may not be claimed."""

from commands.refusals import Conflict


class ContactTaken(Conflict):
    """The address belongs to another account."""
