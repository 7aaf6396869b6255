"""What can be asked of an order's stream."""

from datetime import datetime
from typing import Literal

import msgspec

from commands.command import Answer, Command
from eventstore.values import Money


class LineRequest(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    listing_id: str
    quantity: int


class PlaceOrder(Command, frozen=True, kw_only=True):
    """Names listings and quantities; prices and shipping come from the system."""

    order_id: str
    buyer_id: str
    lines: tuple[LineRequest, ...]
    shipping_quote_id: str


class CancelOrder(Command, frozen=True, kw_only=True):
    """With `only_unpaid` a paid order is left as it is: the deadline's command.

    Of an order that a charge taken back left unpaid it cancels the parts not handed over.
    """

    order_id: str
    reason: str
    only_unpaid: bool = False


class HandOverShipment(Command, frozen=True, kw_only=True):
    order_id: str
    seller_id: str
    carrier: str
    tracking_number: str


class RecordDelivery(Command, frozen=True, kw_only=True):
    order_id: str
    seller_id: str


class ConfirmReceipt(Command, frozen=True, kw_only=True):
    """The buyer has the goods: what is held for this seller is released at once."""

    order_id: str
    seller_id: str


class ReleaseFunds(Command, frozen=True, kw_only=True):
    """Release escrow in part or, with no amount, in whole.

    By the clock, what an undecided refund asks for is left, unless `despite_refunds`.
    """

    order_id: str
    seller_id: str
    amount_minor: int | None = None
    currency: str | None = None
    despite_refunds: bool = False


class PlacedLine(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A line as its buyer placed it: the commission is between seller and marketplace, and what the
    listing says of itself is the listing's to tell.
    """

    line_id: int
    listing_id: str
    seller_id: str
    quantity: int
    unit_price_minor: int
    shipping_minor: int


class OrderAnswer(Answer, frozen=True, kw_only=True):
    order_id: str
    status: Literal["awaiting_payment"]
    total: Money
    payment_due_at: datetime
    lines: tuple[PlacedLine, ...]


class CancelledAnswer(Answer, frozen=True, kw_only=True):
    order_id: str
    status: Literal["cancelled"]


class PartAnswer(Answer, frozen=True, kw_only=True):
    """Of one seller's part of the order."""

    order_id: str
    seller_id: str
    status: Literal["handed_over", "delivered", "completed"]


class ReleaseAnswer(Answer, frozen=True, kw_only=True):
    order_id: str
    seller_id: str
