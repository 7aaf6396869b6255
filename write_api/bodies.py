"""Request bodies. Every field is bounded, unknown fields are refused.

Texts are bounded by characters and by bytes: a character takes up to four. What a body lets
through decides how large events, answers and batches can get (tests/unit/test_worst_bodies.py).
"""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from commands.streams.refund.messages import Way
from eventstore.values import AMOUNT_MINOR_MAX

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
PRINTABLE = r"^[^\x00-\x1f\x7f]+\Z"
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
# Orders of earlier days may have more lines.
LINE_ID_MAX = 200


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


class SellerBody(Body, frozen=True, kw_only=True):
    name: Text
    currency: Currency
    seller_id: Id | None = None
    commission_rate_bps: RateBps | None = None
    payout_destination: Token = ""

    def __post_init__(self) -> None:
        fits("name", self.name)


class ReasonBody(Body, frozen=True, kw_only=True):
    reason: Text

    def __post_init__(self) -> None:
        fits("reason", self.reason)


class EmptyBody(Body, frozen=True, kw_only=True):
    pass


class ListingBody(Body, frozen=True, kw_only=True):
    seller_id: KnownId
    title: Title
    category: Category
    price: Amount
    listing_id: Id | None = None

    def __post_init__(self) -> None:
        fits("title", self.title, TITLE_BYTES_MAX)
        fits("category", self.category, CATEGORY_BYTES_MAX)


class PriceBody(Body, frozen=True, kw_only=True):
    price: Amount


class StockBody(Body, frozen=True, kw_only=True):
    quantity: Quantity


class QuoteLineBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    listing_id: KnownId
    quantity: Quantity
    shipping_minor: Annotated[int, Meta(ge=0, le=10**9)] | None = None


class QuoteBody(Body, frozen=True, kw_only=True):
    lines: Annotated[tuple[QuoteLineBody, ...], Meta(min_length=1, max_length=LINES_MAX)]
    quote_id: Id | None = None


class OrderLineBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    listing_id: KnownId
    quantity: Quantity


class OrderBody(Body, frozen=True, kw_only=True):
    """`buyer_id` is for operators; a buyer orders for themselves."""

    lines: Annotated[tuple[OrderLineBody, ...], Meta(min_length=1, max_length=LINES_MAX)]
    shipping_quote_id: KnownId
    order_id: Id | None = None
    buyer_id: Id | None = None


class PaymentBody(Body, frozen=True, kw_only=True):
    """`source` is the provider's token for the means of payment: never a card number."""

    provider: Id
    method: Id = "card"
    source: Token = ""
    amount: Amount | None = None
    payment_id: Id | None = None


class ShipmentBody(Body, frozen=True, kw_only=True):
    seller_id: KnownId
    carrier: Text
    tracking_number: Text

    def __post_init__(self) -> None:
        fits("carrier", self.carrier)
        fits("tracking_number", self.tracking_number)


class ReleaseBody(Body, frozen=True, kw_only=True):
    amount: Amount | None = None


class RefundLineBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    line_id: Annotated[int, Meta(ge=1, le=LINE_ID_MAX)]
    quantity: Quantity


class RefundBody(Body, frozen=True, kw_only=True):
    """By `lines`, or by `amount`, or of everything left: of `seller_id`'s part or of all.

    `overpaid` asks for what was paid beyond the total, first over `payment_id`.
    """

    reason: Text
    lines: Annotated[tuple[RefundLineBody, ...], Meta(max_length=LINE_ID_MAX)] = ()
    amount: Amount | None = None
    seller_id: KnownId | None = None
    refund_id: Id | None = None
    approve: bool = False
    overpaid: bool = False
    payment_id: KnownId | None = None

    def __post_init__(self) -> None:
        fits("reason", self.reason)


class LegBody(Body, frozen=True, kw_only=True):
    """How a leg of a refund ends that its provider refused.

    `paid_outside` needs the `reference` of the other payment, `other_payment` the order's charge
    in `to_payment_id`; `charged_back` says that the buyer's bank had taken the charge back.
    """

    way: Way
    reason: Text
    reference: Text | None = None
    to_payment_id: KnownId | None = None

    def __post_init__(self) -> None:
        fits("reason", self.reason)
        fits("reference", self.reference or "")


class PayoutBody(Body, frozen=True, kw_only=True):
    """Without an amount everything that is due is paid out."""

    seller_id: KnownId
    provider: Id
    destination: Token = ""
    amount: Amount | None = None
    payout_id: Id | None = None
