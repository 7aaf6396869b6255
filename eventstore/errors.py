"""What the store raises, named by what the caller has to do.

StoreError
  Unavailable          try again later, with the same command id
    QueueFull          more commands wait than may wait
    Contended          others kept writing the same streams
    OutcomeUnknown     sent, but whether it was committed could not be looked up in time
  CommandIdReused      never try again: the id belongs to another command
"""


class StoreError(Exception):
    """The store could not carry out a command."""


class Unavailable(StoreError):
    """Nothing was decided for good; the same command may be sent again."""

    retry_after_s = 1


class QueueFull(Unavailable):
    """The bounded queue of commands is full."""


class Contended(Unavailable):
    """The command lost its race against other writers too many times."""


class OutcomeUnknown(Unavailable):
    """The connection was lost during the commit and did not come back in time."""


class CommandIdReused(StoreError):
    """The command id was first used with another body."""


class Refused(Exception):
    """Base of every refusal by the write model: final, and decided on the true state."""


class VersionMismatch(Refused):
    """The stream is not at the version that the caller saw."""


class EventTooLarge(Refused):
    """What would be recorded is larger than the bus can carry."""
