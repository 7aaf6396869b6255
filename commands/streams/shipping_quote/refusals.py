"""Why something may not happen to shipping quotes."""

from commands.refusals import Conflict, Invalid, Unknown


class QuoteExists(Conflict):
    """A shipping quote with this id exists already."""


class QuoteUnknown(Unknown):
    """No shipping quote has this id."""


class QuoteExpired(Conflict):
    """The shipping quote is no longer valid: ask for a new one."""


class QuoteForAnotherBasket(Invalid):
    """The shipping quote was made for other listings or quantities."""
