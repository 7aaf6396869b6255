"""What bodies of several topics are made of. Every field is bounded, unknown fields are refused.

Texts are bounded by characters and by bytes: a character takes up to four. What a body lets
through decides how large events, answers and batches can get (tests/unit/test_worst_bodies.py).
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from eventstore.values import AMOUNT_MINOR_MAX, Money

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}\Z"
# One that names what exists already: a client's, or ours, which begins with ~.
KNOWN_ID_PATTERN = r"^[A-Za-z0-9~][A-Za-z0-9_.:-]{0,63}\Z"

type Id = Annotated[
    str,
    Meta(
        pattern=ID_PATTERN,
        description="A client's own id (UUIDv7 advised): letters, digits and _ . : -",
        examples=["019a4c6e-7d1b-7c3e-9f6a-3b2f1e0d9c8b"],
    ),
]
type KnownId = Annotated[
    str,
    Meta(
        pattern=KNOWN_ID_PATTERN,
        description="An id that exists: a client's own, or one of ours",
        examples=["019a4c6e-7d1b-7c3e-9f6a-3b2f1e0d9c8b"],
    ),
]
# What turns the direction of a text makes it look like another.
PRINTABLE = r"^[^\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]+\Z"
TEXT_BYTES_MAX = 1_000
TITLE_BYTES_MAX = 500
CATEGORY_BYTES_MAX = 200
type Text = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        pattern=PRINTABLE,
        description=f"At most {TEXT_BYTES_MAX} bytes of UTF-8",
        examples=["Blue teapot"],
    ),
]
type Title = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=250,
        pattern=PRINTABLE,
        description=f"At most {TITLE_BYTES_MAX} bytes of UTF-8",
        examples=["Blue teapot"],
    ),
]
type Category = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=100,
        pattern=PRINTABLE,
        description=f"At most {CATEGORY_BYTES_MAX} bytes of UTF-8",
        examples=["kitchen"],
    ),
]
type Currency = Annotated[
    str, Meta(pattern=r"^[A-Z]{3}\Z", description="ISO 4217", examples=["EUR"])
]
type Minor = Annotated[
    int, Meta(ge=-AMOUNT_MINOR_MAX * 10, le=AMOUNT_MINOR_MAX * 10, examples=[4500])
]
type Quantity = Annotated[int, Meta(ge=1, le=1_000_000, examples=[2])]
type Token = Annotated[str, Meta(max_length=200, pattern=r"^[A-Za-z0-9_.:-]*\Z")]
type RateBps = Annotated[int, Meta(ge=0, le=10_000, examples=[750])]

LINES_MAX = 100
ORDER_EXAMPLE = "019a4c6e-7d1b-7c3e-9f6a-3b2f1e0d9c8b"


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`occurred_at` is for operators who record the past: when it happened in business."""

    occurred_at: datetime | None = None


def fits(field: str, text: str, bytes_max: int = TEXT_BYTES_MAX) -> None:
    """Raise what the decoder raises for a field that is too long, naming it."""
    if not text.isascii() and len(text.encode()) > bytes_max:
        raise ValueError(f"Expected `str` of at most {bytes_max} bytes in UTF-8 - at `$.{field}`")


class Amount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    amount_minor: Minor
    currency: Currency

    @property
    def money(self) -> Money:
        return Money(self.amount_minor, self.currency)


class ReasonBody(Body, frozen=True, kw_only=True):
    reason: Text

    def __post_init__(self) -> None:
        fits("reason", self.reason)


class EmptyBody(Body, frozen=True, kw_only=True):
    pass
