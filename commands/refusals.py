"""What a refusal is, its five kinds, and those of no stream in particular.

They know no HTTP: `write_api/problems.py` gives each kind its status.
"""

import re
from typing import ClassVar

from eventstore.errors import Refused


class Refusal(Refused):
    """A command that may not happen, of one of the kinds below.

    `code` is stable; `field` names the input at fault.
    """

    code: ClassVar[str] = "refusal"
    message: ClassVar[str] = "The command was refused."

    def __init_subclass__(cls) -> None:
        cls.code = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()
        cls.message = (cls.__doc__ or "").strip()

    def __init__(self, detail: str | None = None, *, field: str | None = None) -> None:
        super().__init__(detail or self.message)
        self.field = field


class Unknown(Refusal):
    """What the request names does not exist."""


class Forbidden(Refusal):
    """The caller may not do this."""


class Invalid(Refusal):
    """What the request asks for makes no sense, whatever the state of things."""


class Conflict(Refusal):
    """It makes sense, but not as things are now."""


class NotNow(Refusal):
    """It was asked too soon or too often: it may be asked again in `after_s` seconds."""

    def __init__(self, detail: str | None = None, *, after_s: int = 1) -> None:
        super().__init__(detail)
        self.after_s = after_s


class NotFound(Unknown):
    """There is no such thing."""


class NotYours(Forbidden):
    """This belongs to somebody else."""


class NotAllowed(Forbidden):
    """Your role may not do this."""


class TextLooksSealed(Invalid):
    """A text may not begin as a sealed one does."""


class ForeignCurrency(Invalid):
    """The amount is in another currency than the one it must have."""


class AmountNotPositive(Invalid):
    """The amount must be more than zero."""


class AmountTooLarge(Invalid):
    """The amount is beyond what one record may hold."""
